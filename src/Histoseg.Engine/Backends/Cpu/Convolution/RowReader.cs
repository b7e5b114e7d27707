namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Reads the rows of A of an implicit matrix product, a row per output pixel, where they lie in the map: the taps of one kernel row are neighbours there, so
/// that a tile needs a pointer per run of taps. Only tiles at a border are gathered into a small buffer; the whole im2col matrix never exists.
/// </summary>
/// <typeparam name="T">float, or byte for quantised maps.</typeparam>
/// <param name="geometry">Which pixels are read.</param>
/// <param name="source">The map read, NHWC.</param>
/// <param name="outside">What taps outside of the map read.</param>
/// <param name="tileRows">Rows of a register tile; divides <paramref name="blockRows"/>.</param>
/// <param name="blockRows">Rows of a block: <see cref="BlockRows"/> or <see cref="HalfBlockRows"/>.</param>
internal sealed unsafe class RowReader<T>(TapGeometry geometry, nint source, T outside, int tileRows, int blockRows = RowReader<T>.BlockRows)
    where T : unmanaged
{
    /// <summary>Most output pixels per task: a multiple of every kernel's rows, whose source pixels fit a second-level cache.</summary>
    public const int BlockRows = 96;

    /// <summary>Output pixels per task where that makes too few tasks; a multiple of every kernel's rows too.</summary>
    public const int HalfBlockRows = BlockRows / 2;

    private readonly TapGeometry _g = geometry;
    private readonly int[] _blockStart = BlocksOf(geometry, blockRows);

    /// <summary>Blocks of all phases together.</summary>
    public int Blocks => _blockStart[^1];

    /// <summary>What a block is of: its phase, its first row among the phase's, and how many it has.</summary>
    public (int Phase, int FirstRow, int Rows) Block(int block)
    {
        var index = 0;
        while (block >= _blockStart[index + 1])
            index++;
        var (phase, firstRow) = (_g.Phases[index], (block - _blockStart[index]) * blockRows);
        return (index, firstRow, Math.Min(blockRows, _g.Target.N * phase.Height * phase.Width - firstRow));
    }

    // The first block of each phase, and past the last one of all.
    private static int[] BlocksOf(TapGeometry geometry, int blockRows)
    {
        var starts = new int[geometry.Phases.Length + 1];
        for (var i = 0; i < geometry.Phases.Length; i++)
        {
            var phase = geometry.Phases[i];
            starts[i + 1] = starts[i] + (geometry.Target.N * phase.Height * phase.Width + blockRows - 1) / blockRows;
        }
        return starts;
    }

    /// <summary>For each row of a block: image, base source row and base source column; and the output pixel.</summary>
    public void Locate(TapPhase phase, int firstRow, int rows, int* sources, long* targets)
    {
        var (x, y) = (firstRow % phase.Width, firstRow / phase.Width % phase.Height);
        var n = firstRow / phase.Width / phase.Height;
        for (var r = 0; r < rows; r++)
        {
            sources[3 * r] = n;
            sources[3 * r + 1] = y * _g.SourceStrideH;
            sources[3 * r + 2] = x * _g.SourceStrideW;
            targets[r] = _g.Phases.Length == 1 ? firstRow + r
                : ((long)n * _g.Target.H + y * _g.TargetStrideH + phase.OffsetY) * _g.Target.W + x * _g.TargetStrideW + phase.OffsetX;
            if (++x == phase.Width)
            {
                x = 0;
                if (++y == phase.Height)
                    (y, n) = (0, n + 1);
            }
        }
    }

    /// <summary>Where a tile is read: in the map itself if all its taps lie there in a row, else from a copy.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="part">The columns wanted.</param>
    /// <param name="sources">What <see cref="Locate"/> gave.</param>
    /// <param name="first">The tile's first row.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="starts">Room for a pointer to each run.</param>
    /// <param name="copy">Room for the rows.</param>
    /// <param name="copyStride">Elements from one row of the copy to the next.</param>
    public TileSource<T> Source(TapPhase phase, DepthBlock part, int* sources, int first, int rows, T** starts, T* copy, int copyStride)
    {
        var at = sources + 3 * first;
        var last = at + 3 * (tileRows - 1);
        var (channels, height, width) = (_g.Source.C, _g.Source.H, _g.Source.W);
        // A tile may go on in the next row of the map where its taps reach neither side, and in the next image where they leave no row.
        var (sameImage, sameRow) = (last[0] == at[0], last[0] == at[0] && last[1] == at[1]);
        if (part.Runs.Length > 0 && first + tileRows <= rows
            && ((long)last[0] * height + last[1] - ((long)at[0] * height + at[1])) * width + last[2] - at[2] == (tileRows - 1) * _g.SourceStrideW
            && (sameImage ? at[1] + part.Top >= 0 && last[1] + part.Bottom < height : part is { Top: 0, Bottom: 0 })
            && (sameRow ? at[2] + part.Left >= 0 && last[2] + part.Right < width : part is { Left: 0, Right: 0 }))
        {
            for (var i = 0; i < part.Runs.Length; i++)
            {
                ref readonly var run = ref part.Runs[i];
                starts[i] = (T*)source + (((long)at[0] * height + at[1] + run.Dy) * width + at[2] + run.Dx) * channels + part.Skipped;
            }
            return new(starts, part.Runs.Length, (part.Past - part.First) / part.Runs.Length, _g.SourceStrideW * channels, 1);
        }
        for (var r = 0; r < tileRows && first + r < rows; r++)
            Gather(phase, at + 3 * r, part.First, part.Past, copy + (long)r * copyStride);
        starts[0] = copy;
        return new(starts, 1, part.Past - part.First, copyStride, 1);
    }

    /// <summary>Copies columns first … past − 1 of one row of A.</summary>
    private void Gather(TapPhase phase, int* at, int first, int past, T* row)
    {
        var (channels, height, width) = (_g.Source.C, _g.Source.H, _g.Source.W);
        foreach (ref readonly var run in phase.Runs.AsSpan())
        {
            var start = run.Start * channels;
            var (from, to) = (Math.Max(first, start), Math.Min(past, start + run.Count * channels));
            if (from >= to)
                continue;
            var (y, x) = (at[1] + run.Dy, at[2] + run.Dx);
            var inside = (uint)y < (uint)height;
            // Columns of this run whose source pixel lies inside the map.
            var low = inside ? Math.Clamp(start - x * channels, from, to) : to;
            var high = inside ? Math.Clamp(start + (width - x) * channels, low, to) : to;
            if (low > from)
                new Span<T>(row + from - first, low - from).Fill(outside);
            if (high > low)
                new ReadOnlySpan<T>((T*)source + (((long)at[0] * height + y) * width + x) * channels + (low - start), high - low)
                    .CopyTo(new Span<T>(row + low - first, high - low));
            if (to > high)
                new Span<T>(row + high - first, to - high).Fill(outside);
        }
    }
}
