namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Where the rows of A that one register tile multiplies lie in memory: element (row, k) of segment s at Starts[s] + row·RowStride + k·DepthStride.
/// </summary>
internal readonly unsafe struct TileSource(float** starts, int segments, int depth, nint rowStride, nint depthStride)
{
    /// <summary>Row 0, k = 0 of each segment; the segments follow one another along k.</summary>
    public readonly float** Starts = starts;

    /// <summary>Number of segments.</summary>
    public readonly int Segments = segments;

    /// <summary>Elements along k of each segment.</summary>
    public readonly int Depth = depth;

    /// <summary>Floats from one row to the next.</summary>
    public readonly nint RowStride = rowStride;

    /// <summary>Floats from one k to the next.</summary>
    public readonly nint DepthStride = depthStride;
}

/// <summary>The innermost loop of every float32 convolution: tile[Rows][Columns] = Σ over k of a(row, k)·b[k][Columns], all sums in registers.</summary>
internal unsafe interface IMicroKernel
{
    /// <summary>Rows of a tile, a multiple of 4 that divides the rows of a block.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile, a multiple of 8.</summary>
    static abstract int Columns { get; }

    static abstract void Multiply(in TileSource a, float* b, float* tile);
}
