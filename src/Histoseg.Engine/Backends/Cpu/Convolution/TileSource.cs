namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Where the rows of A that one register tile multiplies lie in memory: element (row, k) of segment s at Starts[s] + row·RowStride + k·DepthStride.
/// </summary>
/// <typeparam name="T">float, or byte for quantised maps.</typeparam>
internal readonly unsafe struct TileSource<T>(T** starts, int segments, int depth, nint rowStride, nint depthStride) where T : unmanaged
{
    /// <summary>Row 0, k = 0 of each segment; the segments follow one another along k.</summary>
    public readonly T** Starts = starts;

    /// <summary>Number of segments.</summary>
    public readonly int Segments = segments;

    /// <summary>Elements along k of each segment.</summary>
    public readonly int Depth = depth;

    /// <summary>Elements from one row to the next.</summary>
    public readonly nint RowStride = rowStride;

    /// <summary>Elements from one k to the next.</summary>
    public readonly nint DepthStride = depthStride;
}
