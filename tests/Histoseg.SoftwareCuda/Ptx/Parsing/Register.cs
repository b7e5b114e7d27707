namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>A declared register; the decoder gives it a place in the register file.</summary>
internal sealed class Register(string name, PtxType type)
{
    public string Name => name;

    public PtxType Type => type;

    /// <summary>Bytes from the start of a warp's registers, or the number of a predicate; negative until it is first used.</summary>
    public int Slot { get; set; } = -1;
}
