namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// A convolution of stride 1 with few channels, row by row: some rows of the source are copied between zeros, where every tile of a row of the target finds
/// all its taps, so that nothing is asked or gathered tile by tile. The sums are those of <see cref="PackedConvolution{TKernel}"/>, to the bit.
/// </summary>
internal sealed unsafe class RowConvolution<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Rows of the target per task.</summary>
    private const int BandRows = 8;

    /// <summary>Most floats of the copied rows: about half of a second-level cache.</summary>
    private const int MostFloats = 64 << 10;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly WeightPanels<TKernel> _weights;
    private readonly TileStore<TKernel> _store;
    private readonly (int Top, int Rows, int Left, int Columns) _copy;
    private readonly int _bands;
    private readonly Action<int> _band;

    public RowConvolution(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory, WorkerPool pool)
    {
        (_g, _t, _memory, _pool, _band) = (geometry, tensors, memory, pool, Band);
        _weights = new WeightPanels<TKernel>(geometry, tensors, memory);
        _store = new TileStore<TKernel>(geometry, tensors);
        _copy = Copied(geometry);
        _bands = (geometry.Target.H + BandRows - 1) / BandRows;
        memory.NeedScratch((_weights.ScratchFloats + (long)pool.Threads * CopyFloats) * sizeof(float));
    }

    /// <summary>Whether it is for a convolution.</summary>
    public static bool Suits(TapGeometry g) => g is { SourceStrideH: 1, SourceStrideW: 1, TargetStrideH: 1, TargetStrideW: 1, Phases: [var phase] }
        && phase.Runs.Length <= DepthBlock.MostRuns && phase.Taps.Length * g.Source.C <= DepthBlock.Most && g.KernelTaps > 1
        && g.Target.W >= 2 * TKernel.Rows && Copied(g) is var copy && (long)copy.Rows * copy.Columns * g.Source.C <= MostFloats
        && phase.Runs.All(run => run.Count == phase.Runs[0].Count);

    /// <summary>The rows and columns that the tiles of a band read, relative to the band's first row and the map's first column.</summary>
    private static (int Top, int Rows, int Left, int Columns) Copied(TapGeometry g)
    {
        var runs = g.Phases[0].Runs;
        var (top, left) = (runs.Min(run => run.Dy), runs.Min(run => run.Dx));
        var tiles = (g.Target.W + TKernel.Rows - 1) / TKernel.Rows;
        return (top, BandRows + runs.Max(run => run.Dy) - top, left, tiles * TKernel.Rows + runs.Max(run => run.Dx + run.Count - 1) - left);
    }

    private long CopyFloats => ((long)_copy.Rows * _copy.Columns * _g.Source.C + 15) / 16 * 16;

    public void Run()
    {
        _weights.Pack(_pool);
        _pool.For(_g.Target.N * _bands, _band);
    }

    private void Band(int task)
    {
        var (n, firstRow) = (task / _bands, task % _bands * BandRows);
        var (runs, channels, rowFloats) = (_g.Phases[0].Runs, _g.Source.C, (long)_copy.Columns * _g.Source.C);
        var rows = Math.Min(BandRows, _g.Target.H - firstRow);
        var copy = (float*)_memory.Scratch + _weights.ScratchFloats + WorkerPool.Worker * CopyFloats;
        for (var row = 0; row < _copy.Rows - BandRows + rows; row++)
            CopyRow(n, firstRow + _copy.Top + row, copy + row * rowFloats);

        var starts = stackalloc float*[DepthBlock.MostRuns];
        var pixels = stackalloc long[TKernel.Rows];
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        for (var row = 0; row < rows; row++)
        {
            var firstPixel = ((long)n * _g.Target.H + firstRow + row) * _g.Target.W;
            for (var x = 0; x < _g.Target.W; x += TKernel.Rows)
            {
                for (var i = 0; i < runs.Length; i++)
                    starts[i] = copy + (row + runs[i].Dy - _copy.Top) * rowFloats + (long)(x + runs[i].Dx - _copy.Left) * channels;
                for (var i = 0; i < TKernel.Rows; i++)
                    pixels[i] = firstPixel + x + i;
                var source = new TileSource(starts, runs.Length, runs[0].Count * channels, channels, 1);
                for (var panel = 0; panel < _weights.Panels; panel++)
                {
                    TKernel.Multiply(in source, _weights.Panel(0, panel), tile);
                    _store.Store(tile, pixels, Math.Min(TKernel.Rows, _g.Target.W - x), panel * TKernel.Columns, !_t.Accumulate, last: true);
                }
            }
        }
    }

    /// <summary>Copies a row of the source, with zeros to its left and right, or zeros alone where there is none.</summary>
    private void CopyRow(int n, int y, float* to)
    {
        var (s, floats) = (_g.Source, _copy.Columns * _g.Source.C);
        if ((uint)y >= (uint)s.H)
        {
            new Span<float>(to, floats).Clear();
            return;
        }
        // Columns of the copy that lie on the map.
        var (from, past) = (Math.Clamp(-_copy.Left, 0, _copy.Columns), Math.Clamp(s.W - _copy.Left, 0, _copy.Columns));
        new Span<float>(to, from * s.C).Clear();
        new ReadOnlySpan<float>((float*)_t.Source + (((long)n * s.H + y) * s.W + from + _copy.Left) * s.C, (past - from) * s.C)
            .CopyTo(new Span<float>(to + from * s.C, (past - from) * s.C));
        new Span<float>(to + past * s.C, floats - past * s.C).Clear();
    }
}
