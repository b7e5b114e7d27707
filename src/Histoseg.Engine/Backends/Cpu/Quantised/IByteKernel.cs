using Histoseg.Engine.Backends.Cpu.Convolution;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>
/// The innermost loop of every quantised convolution: tile[Rows][16] = Σ over k of a(row, k)·b[k][16], bytes times 8-bit weights, all sums in 32-bit
/// registers. Sums of integers have no rounding: every kernel gives the same.
/// </summary>
internal unsafe interface IByteKernel
{
    /// <summary>Columns of a tile.</summary>
    const int Columns = 16;

    /// <summary>Rows of a tile, which divide the rows of a block.</summary>
    static abstract int Rows { get; }

    /// <summary>Bytes that four weights of one column take as they are packed.</summary>
    static abstract int QuadBytes { get; }

    /// <summary>Packs four weights of one column, those of four input channels, into a quad of all columns.</summary>
    static abstract void Pack(ReadOnlySpan<sbyte> four, byte* quad, int column);

    /// <summary>Multiplies one tile; each segment of <paramref name="a"/> is a multiple of four bytes.</summary>
    static abstract void Multiply(in TileSource<byte> a, byte* b, int* tile);
}
