namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// A convolution whose source is read pixel by pixel (stride 1, or transposed) with few channels, row by row: some rows of the source are copied between
/// zeros, where every tile of a row finds all its taps, so that nothing is asked or gathered tile by tile. The sums are those of
/// <see cref="PackedConvolution{TKernel}"/>, to the bit.
/// </summary>
internal sealed unsafe class RowConvolution<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Most floats of the copied rows: about half of a second-level cache.</summary>
    private const int MostFloats = 64 << 10;

    /// <summary>Rows per task.</summary>
    private const int MostRows = 8;
    private const int FewestRows = 2;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly WeightPanels<TKernel> _weights;
    private readonly TileStore<TKernel> _store;
    private readonly Reach _reach;
    private readonly int _bandRows, _bands;
    private readonly Action<int> _band;

    public RowConvolution(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory, WorkerPool pool)
    {
        (_g, _t, _memory, _pool, _band) = (geometry, tensors, memory, pool, Band);
        _weights = new WeightPanels<TKernel>(geometry, tensors, memory);
        _store = new TileStore<TKernel>(geometry, tensors);
        _reach = Reach.Of(geometry);
        _bandRows = _reach.BandRows(geometry.Source.C);
        _bands = (geometry.Phases.Max(phase => phase.Height) + _bandRows - 1) / _bandRows;
        memory.NeedScratch((_weights.ScratchFloats + pool.Threads * CopyFloats) * sizeof(float));
    }

    /// <summary>Whether it is for a convolution.</summary>
    public static bool Suits(TapGeometry g) => g is { SourceStrideH: 1, SourceStrideW: 1 }
        && g.Phases.All(phase => phase.Width >= 2 * TKernel.Rows && phase.Taps.Length * g.Source.C <= DepthBlock.Most
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

    public void Run()
    {
        _weights.Pack(_pool);
        _pool.For(_g.Target.N * _bands, _band);
    }

    private void Band(int task)
    {
        var (n, firstRow) = (task / _bands, task % _bands * _bandRows);
        var rowFloats = (long)_reach.Columns * _g.Source.C;
        var copy = (float*)_memory.Scratch + _weights.ScratchFloats + WorkerPool.Worker * CopyFloats;
        for (var row = 0; row < _bandRows + _reach.Below; row++)
            CopyRow(n, firstRow + _reach.Top + row, copy + row * rowFloats);
        for (var phase = 0; phase < _g.Phases.Length; phase++)
            for (var row = 0; row < Math.Min(_bandRows, _g.Phases[phase].Height - firstRow); row++)
                Row(phase, n, firstRow + row, copy + row * rowFloats);
    }

    /// <summary>One row of one phase; <paramref name="copy"/> is the first row that it can read.</summary>
    private void Row(int index, int n, int y, float* copy)
    {
        var (phase, channels) = (_g.Phases[index], _g.Source.C);
        var runs = phase.Runs;
        var starts = stackalloc float*[DepthBlock.MostRuns];
        var pixels = stackalloc long[TKernel.Rows];
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        var firstPixel = ((long)n * _g.Target.H + y * _g.TargetStrideH + phase.OffsetY) * _g.Target.W + phase.OffsetX;
        var source = new TileSource(starts, runs.Length, runs[0].Count * channels, channels, 1);
        for (var panel = 0; panel < _weights.Panels; panel++)
        {
            var b = _weights.Panel(index, panel);
            for (var x = 0; x < phase.Width; x += TKernel.Rows)
            {
                for (var i = 0; i < runs.Length; i++)
                    starts[i] = copy + ((long)(runs[i].Dy - _reach.Top) * _reach.Columns + x + runs[i].Dx - _reach.Left) * channels;
                for (var i = 0; i < TKernel.Rows; i++)
                    pixels[i] = firstPixel + (long)(x + i) * _g.TargetStrideW;
                TKernel.Multiply(in source, b, tile);
                _store.Store(tile, pixels, Math.Min(TKernel.Rows, phase.Width - x), panel * TKernel.Columns, !_t.Accumulate, last: true);
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
