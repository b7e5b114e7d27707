using System.Runtime.InteropServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>What cuTensorMapEncodeTiled makes of its arguments, here: 128 bytes that only the software device reads.</summary>
internal unsafe struct TensorMap
{
    public const int Bytes = 128, MostRank = 5;
    private const ulong Mark = 0x50414D_4F534E_4554; // "TENSOMAP"

    private ulong _mark;
    public ulong Address;
    public int Rank;

    /// <summary>Bytes of an element.</summary>
    public int ElementBytes;

    /// <summary>Whether pieces of 16 bytes are mixed as SWIZZLE_128B does.</summary>
    public bool IsSwizzled;

    /// <summary>Elements in each dimension, the one that lies together first.</summary>
    public fixed uint Extent[MostRank];
    public fixed uint Box[MostRank];

    /// <summary>Bytes from one to the next of each dimension but the first.</summary>
    public fixed ulong Stride[MostRank - 1];

    public static TensorMap Create() => new() { _mark = Mark };

    public readonly bool IsValid => _mark == Mark && Rank is > 0 and <= MostRank;

    public readonly int BoxBytes
    {
        get
        {
            var count = ElementBytes;
            for (var d = 0; d < Rank; d++)
                count *= (int)Box[d];
            return count;
        }
    }

    public readonly void Write(Span<byte> to)
    {
        to[..Bytes].Clear();
        MemoryMarshal.Write(to, this);
    }
}
