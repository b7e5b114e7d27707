namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// A convolution whose source is read pixel by pixel (stride 1, or transposed) with few channels, row by row: some rows of the source are copied between
/// zeros, where every tile of a row finds all its taps, so that nothing is asked or gathered tile by tile. The sums are those of
/// <see cref="PackedConvolution{TKernel}"/>, to the bit. With a projection the result goes piece by piece through it, and is not kept.
/// </summary>
internal sealed unsafe class RowConvolution<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Most columns of the matrix: no more than a <see cref="DepthBlock"/> has, or sums would be made in another order.</summary>
    private const int MostDepth = 384;

    /// <summary>Most floats of the copied rows: about half of a second-level cache.</summary>
    private const int MostFloats = 64 << 10;

    /// <summary>Source columns whose results are projected at a time: a multiple of every kernel's rows.</summary>
    private const int ProjectedColumns = 96;

    /// <summary>Rows per task.</summary>
    private const int MostRows = 8;
    private const int FewestRows = 2;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly WeightPanels<TKernel> _weights;
    private readonly TileStore<TKernel> _store;
    private readonly Projection? _projection;
    private readonly Reach _reach;
    private readonly int _bandRows, _bands;
    private readonly Action<int> _band;

    public RowConvolution(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory, WorkerPool pool, Projection? projection = null)
    {
        (_g, _t, _memory, _pool, _projection, _band) = (geometry, tensors, memory, pool, projection, Band);
        _weights = new WeightPanels<TKernel>(geometry, tensors, memory);
        _store = new TileStore<TKernel>(geometry, tensors);
        _reach = Reach.Of(geometry);
        _bandRows = _reach.BandRows(geometry.Source.C);
        _bands = (geometry.Phases.Max(phase => phase.Height) + _bandRows - 1) / _bandRows;
        memory.NeedScratch((_weights.ScratchFloats + pool.Threads * (CopyFloats + PieceFloats)) * sizeof(float));
    }

    /// <summary>Whether it is for a convolution.</summary>
    public static bool Suits(TapGeometry g) => g is { SourceStrideH: 1, SourceStrideW: 1 }
        && g.Phases.All(phase => phase.Width >= 2 * TKernel.Rows && phase.Taps.Length * g.Source.C <= MostDepth
            && phase.Runs.Length is > 0 and <= DepthBlock.MostRuns && phase.Runs.All(run => run.Count == phase.Runs[0].Count))
        && Reach.Of(g).BandRows(g.Source.C) >= FewestRows;

    /// <summary>What the tiles of a band read.</summary>
    /// <param name="Top">First row, relative to the band's.</param>
    /// <param name="Below">Rows beyond the band's own.</param>
    /// <param name="Left">First column of the map.</param>
    /// <param name="Columns">Columns, those of the last tile that lie beyond the map included.</param>
    private readonly record struct Reach(int Top, int Below, int Left, int Columns)
    {
        public static Reach Of(TapGeometry g)
        {
            var runs = g.Phases.SelectMany(phase => phase.Runs).ToList();
            var (top, left) = (runs.Min(run => run.Dy), runs.Min(run => run.Dx));
            var tiles = (g.Phases.Max(phase => phase.Width) + TKernel.Rows - 1) / TKernel.Rows;
            return new(top, runs.Max(run => run.Dy) - top, left, tiles * TKernel.Rows + runs.Max(run => run.Dx + run.Count - 1) - left);
        }

        public int BandRows(int channels) => Math.Min(MostRows, MostFloats / (Columns * channels) - Below);
    }

    private long CopyFloats => ((long)(_bandRows + _reach.Below) * _reach.Columns * _g.Source.C + 15) / 16 * 16;

    /// <summary>Floats of the results that are projected at a time.</summary>
    private long PieceFloats => _projection is null ? 0 : (long)ProjectedColumns * _g.TargetStrideH * _g.TargetStrideW * _g.Target.C;

    public void Run()
    {
        _weights.Pack(_pool);
        _pool.For(_g.Target.N * _bands, _band);
    }

    private void Band(int task)
    {
        var (n, firstRow) = (task / _bands, task % _bands * _bandRows);
        var rowFloats = (long)_reach.Columns * _g.Source.C;
        var copy = (float*)_memory.Scratch + _weights.ScratchFloats + WorkerPool.Worker * (CopyFloats + PieceFloats);
        for (var row = 0; row < _bandRows + _reach.Below; row++)
            CopyRow(n, firstRow + _reach.Top + row, copy + row * rowFloats);
        for (var row = 0; row < _bandRows; row++)
            if (_projection is not null)
                ProjectRow(n, firstRow + row, copy + row * rowFloats, copy + CopyFloats);
            else
                for (var phase = 0; phase < _g.Phases.Length; phase++)
                    Row(phase, firstRow + row, copy + row * rowFloats, 0, _g.Phases[phase].Width, (float*)_t.Target,
                        ((long)n * _g.Target.H + (firstRow + row) * _g.TargetStrideH + _g.Phases[phase].OffsetY) * _g.Target.W + _g.Phases[phase].OffsetX);
    }

    /// <summary>All phases of a row, piece by piece, and their projection.</summary>
    private void ProjectRow(int n, int y, float* copy, float* piece)
    {
        var width = ProjectedColumns * _g.TargetStrideW;
        for (var (x, targetX) = (0, 0); targetX < _g.Target.W; (x, targetX) = (x + ProjectedColumns, targetX + width))
        {
            for (var i = 0; i < _g.Phases.Length; i++)
                Row(i, y, copy, x, Math.Min(x + ProjectedColumns, _g.Phases[i].Width), piece, _g.Phases[i].OffsetY * width + _g.Phases[i].OffsetX);
            for (var targetY = y * _g.TargetStrideH; targetY < Math.Min(_g.Target.H, (y + 1) * _g.TargetStrideH); targetY++)
                _projection!.Apply(piece + (long)(targetY - y * _g.TargetStrideH) * width * _g.Target.C, _g.Target.C,
                    ((long)n * _g.Target.H + targetY) * _g.Target.W + targetX, Math.Min(width, _g.Target.W - targetX));
        }
    }

    /// <summary>Columns first … past − 1 of a row of one phase; none where the phase has no such row.</summary>
    /// <param name="index">The phase.</param>
    /// <param name="y">The row.</param>
    /// <param name="copy">The first row that it can read.</param>
    /// <param name="first">First column.</param>
    /// <param name="past">One past the last.</param>
    /// <param name="target">The map written.</param>
    /// <param name="firstPixel">The first column's place in it.</param>
    private void Row(int index, int y, float* copy, int first, int past, float* target, long firstPixel)
    {
        var (phase, channels) = (_g.Phases[index], _g.Source.C);
        if (y >= phase.Height)
            return;
        var runs = phase.Runs;
        var starts = stackalloc float*[DepthBlock.MostRuns];
        var pixels = stackalloc long[TKernel.Rows];
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        var source = new TileSource<float>(starts, runs.Length, runs[0].Count * channels, channels, 1);
        for (var panel = 0; panel < _weights.Panels; panel++)
        {
            var b = _weights.Panel(index, panel);
            for (var x = first; x < past; x += TKernel.Rows)
            {
                for (var i = 0; i < runs.Length; i++)
                    starts[i] = copy + ((long)(runs[i].Dy - _reach.Top) * _reach.Columns + x + runs[i].Dx - _reach.Left) * channels;
                for (var i = 0; i < TKernel.Rows; i++)
                    pixels[i] = firstPixel + (long)(x - first + i) * _g.TargetStrideW;
                TKernel.Multiply(in source, b, tile);
                _store.Store(tile, target, pixels, Math.Min(TKernel.Rows, past - x), panel * TKernel.Columns, !_t.Accumulate, last: true);
            }
        }
    }

    /// <summary>Copies a row of the source, with zeros to its left and right, or zeros alone where there is none.</summary>
    private void CopyRow(int n, int y, float* to)
    {
        var (s, floats) = (_g.Source, _reach.Columns * _g.Source.C);
        if ((uint)y >= (uint)s.H)
        {
            new Span<float>(to, floats).Clear();
            return;
        }
        // Columns of the copy that lie on the map.
        var (from, past) = (Math.Clamp(-_reach.Left, 0, _reach.Columns), Math.Clamp(s.W - _reach.Left, 0, _reach.Columns));
        new Span<float>(to, from * s.C).Clear();
        new ReadOnlySpan<float>((float*)_t.Source + (((long)n * s.H + y) * s.W + from + _reach.Left) * s.C, (past - from) * s.C)
            .CopyTo(new Span<float>(to + from * s.C, (past - from) * s.C));
        new Span<float>(to + past * s.C, floats - past * s.C).Clear();
    }
}
