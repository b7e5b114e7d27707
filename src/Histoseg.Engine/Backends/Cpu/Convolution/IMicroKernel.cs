namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// How a tile of eight rows of A lies in memory: element (row, k) at row·RowStride + k·DepthStride. Constants, so that the
/// JIT turns them into addresses.
/// </summary>
internal interface ITileLayout
{
    static abstract int RowStride { get; }
    static abstract int DepthStride { get; }
}

/// <summary>Rows one after another, as pixels are copied from an NHWC map. The odd stride keeps rows out of each other's cache sets.</summary>
internal readonly struct RowMajor : ITileLayout
{
    /// <summary>Depth of one block: the columns of A taken at a time.</summary>
    public const int Depth = 256;
    public const int Stride = Depth + 16;
    public static int RowStride => Stride;
    public static int DepthStride => 1;
}

/// <summary>Eight rows side by side for each k, as output channels lie in an NHWC gradient.</summary>
internal readonly struct DepthMajor : ITileLayout
{
    public static int RowStride => 1;
    public static int DepthStride => MicroKernel.Rows;
}

/// <summary>The innermost loop of every float32 convolution: tile[8][Columns] = Σ over k of a(row, k)·b[k][Columns], all sums in registers.</summary>
internal unsafe interface IMicroKernel
{
    static abstract int Columns { get; }
    static abstract void Multiply<TLayout>(float* a, float* b, int depth, float* tile) where TLayout : struct, ITileLayout;
}

internal static class MicroKernel
{
    /// <summary>
    /// Rows of every register tile. Channel counts are multiples of 8 and so is nearly every pixel count; eight rows by two registers already hide
    /// the multiply-add latency.
    /// </summary>
    public const int Rows = 8;
}
