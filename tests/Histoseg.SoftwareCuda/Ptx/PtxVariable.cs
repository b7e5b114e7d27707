namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>
/// A variable of a module in global or constant memory. Whoever loads the module allocates it, copies <see cref="Initial"/>
/// there and sets <see cref="Address"/>.
/// </summary>
public sealed class PtxVariable
{
    internal PtxVariable(string name, PtxSpace space, int alignment, byte[] initial)
    {
        Name = name;
        Space = space;
        Alignment = alignment;
        Initial = initial;
    }

    /// <summary>Its name in the PTX.</summary>
    public string Name { get; }

    /// <summary><see cref="PtxSpace.Global"/> or <see cref="PtxSpace.Const"/>.</summary>
    public PtxSpace Space { get; }

    /// <summary>What its address must be a multiple of.</summary>
    public int Alignment { get; }

    /// <summary>Its bytes before the first kernel runs.</summary>
    public IReadOnlyList<byte> Initial { get; }

    /// <summary>Where it lies in device memory; 0 until it is allocated.</summary>
    public ulong Address { get; set; }
}
