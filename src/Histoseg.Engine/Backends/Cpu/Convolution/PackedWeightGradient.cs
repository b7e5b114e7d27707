using System.Numerics;
using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// The weight gradient of a convolution as an implicit matrix product over pixels. The pixels are cut into slices; each slice sums into its own copy of
/// the gradient, and the copies are added in order. Large gradients of few pixels are cut along the taps and channels instead. Neither depends on the
/// number of threads, so the result is the same on every run.
/// </summary>
internal sealed unsafe class PackedWeightGradient<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Most pixels multiplied at a time.</summary>
    private const int Depth = 320;

    /// <summary>Most panels gathered at a time, so that they stay in a second-level cache.</summary>
    private const int GatheredPanels = 8;
    private const int FewestPixelsOfSlice = 512;
    private const int MostSlices = 32;
    private const int WantedTasks = 24;

    /// <summary>Floats that the slices' copies may take together: 8 MiB.</summary>
    private const long MostCopies = 2 << 20;

    private readonly TapGeometry _g;
    private readonly nint _x, _dy, _dweight;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly TapRun[] _runs;
    private readonly int _slices, _groups, _tiles, _panelsOfRun;
    private readonly long _copyFloats, _workerFloats;
    private readonly Action<int> _multiply, _sum;

    /// <param name="geometry">The forward convolution's geometry: source x, target dy, one phase.</param>
    /// <param name="x">The forward input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dweight">(O, taps, I).</param>
    /// <param name="memory">Where the scratch is.</param>
    /// <param name="pool">The threads.</param>
    public PackedWeightGradient(TapGeometry geometry, nint x, nint dy, nint dweight, CpuMemory memory, WorkerPool pool)
    {
        (_g, _x, _dy, _dweight, _memory, _pool) = (geometry, x, dy, dweight, memory, pool);
        _runs = geometry.Phases[0].Runs;
        _copyFloats = (long)geometry.Target.C * Taps * geometry.Source.C;
        _slices = (int)Math.Clamp(Math.Min(MostCopies / _copyFloats, geometry.Target.Pixels / FewestPixelsOfSlice), 1, MostSlices);
        _tiles = (geometry.Target.C + TKernel.Rows - 1) / TKernel.Rows;
        _panelsOfRun = _runs.Max(Panels);
        _groups = Math.Clamp((WantedTasks + _slices - 1) / _slices, 1, _runs.Length * _panelsOfRun);
        _workerFloats = (long)Depth * (_tiles * TKernel.Rows + Math.Min(_panelsOfRun, GatheredPanels) * TKernel.Columns);
        (_multiply, _sum) = (Multiply, Sum);
        memory.NeedScratch((CopiesFloats + pool.Threads * _workerFloats) * sizeof(float));
    }

    private int Taps => _g.Phases[0].Taps.Length;

    /// <summary>A single slice sums where the gradient is wanted.</summary>
    private long CopiesFloats => _slices == 1 ? 0 : _slices * _copyFloats;

    private int Panels(TapRun run) => (run.Count * _g.Source.C + TKernel.Columns - 1) / TKernel.Columns;

    public void Run()
    {
        _pool.For(_slices * _groups, _multiply);
        if (_slices > 1)
            _pool.For(SumTasks, _sum);
    }

    /// <summary>Sums the pixels of one slice for one group of the panels of all runs.</summary>
    private void Multiply(int task)
    {
        var (slice, group) = (task / _groups, task % _groups);
        var copy = _slices == 1 ? (float*)_dweight : (float*)_memory.Scratch + slice * _copyFloats;
        var dyPacked = (float*)_memory.Scratch + CopiesFloats + WorkerPool.Worker * _workerFloats;
        var (firstPixel, pastPixel) = (_g.Target.Pixels * slice / _slices, _g.Target.Pixels * (slice + 1) / _slices);
        var allPanels = _runs.Length * _panelsOfRun;
        var (firstPanel, pastPanel) = (allPanels * group / _groups, allPanels * (group + 1) / _groups);
        var chunks = (pastPixel - firstPixel + Depth - 1) / Depth;
        for (var chunk = 0L; chunk < chunks; chunk++)
        {
            var first = firstPixel + (pastPixel - firstPixel) * chunk / chunks;
            var depth = (int)(firstPixel + (pastPixel - firstPixel) * (chunk + 1) / chunks - first);
            PackGradient(first, depth, dyPacked);
            for (var panel = firstPanel; panel < pastPanel;)
            {
                var (r, from) = (panel / _panelsOfRun, panel % _panelsOfRun);
                var count = Math.Min(GatheredPanels, Math.Min(pastPanel - panel, _panelsOfRun - from));
                MultiplyPanels(_runs[r], from, Math.Min(from + count, Panels(_runs[r])), first, depth, dyPacked, copy, chunk == 0);
                panel += count;
            }
        }
    }

    /// <summary>Adds some pixels' part to panels from … past − 1 of one run; none where the run has fewer.</summary>
    private void MultiplyPanels(in TapRun run, int from, int past, long firstPixel, int depth, float* dyPacked, float* copy, bool first)
    {
        var columns = run.Count * _g.Source.C;
        var xPacked = dyPacked + (long)Depth * _tiles * TKernel.Rows;
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        var start = stackalloc float*[1];
        if (from < past)
            GatherRun(run, firstPixel, depth, from * TKernel.Columns, Math.Min(past * TKernel.Columns, columns), xPacked);
        for (var panel = from; panel < past; panel++)
        {
            var b = xPacked + (long)(panel - from) * Depth * TKernel.Columns;
            var width = Math.Min(TKernel.Columns, columns - panel * TKernel.Columns);
            for (var o = 0; o < _tiles; o++)
            {
                start[0] = dyPacked + (long)o * Depth * TKernel.Rows;
                TKernel.Multiply(new TileSource(start, 1, depth, 1, TKernel.Rows), b, tile);
                Add(tile, copy, o * TKernel.Rows, run.Start * _g.Source.C + panel * TKernel.Columns, width, first);
            }
        }
    }

    /// <summary>Packs dy of some pixels as tiles of as many channels as a register tile has rows, [tile][pixel][Rows], zero beyond the last channel.</summary>
    private void PackGradient(long first, int depth, float* to)
    {
        var channels = _g.Target.C;
        for (var o = 0; o < _tiles; o++)
        {
            var row = (float*)_dy + first * channels + o * TKernel.Rows;
            var tile = to + (long)o * Depth * TKernel.Rows;
            var count = Math.Min(TKernel.Rows, channels - o * TKernel.Rows);
            for (var k = 0; k < depth; k++, row += channels, tile += TKernel.Rows)
            {
                var i = 0;
                for (; i <= count - Vector128<float>.Count; i += Vector128<float>.Count)
                    Vector128.Load(row + i).Store(tile + i);
                for (; i < count; i++)
                    tile[i] = row[i];
                for (; i < TKernel.Rows; i++)
                    tile[i] = 0;
            }
        }
    }

    /// <summary>
    /// Gathers columns firstColumn … pastColumn − 1 of one run of taps, its channels side by side, for some pixels as panels, [panel][pixel][Columns],
    /// zero outside the map.
    /// </summary>
    private void GatherRun(in TapRun run, long first, int depth, int firstColumn, int pastColumn, float* to)
    {
        var (s, t) = (_g.Source, _g.Target);
        var (x, y) = ((int)(first % t.W), (int)(first / t.W % t.H));
        var n = first / t.W / t.H;
        for (var k = 0; k < depth; k++, to += TKernel.Columns)
        {
            var (sy, sx) = (y * _g.SourceStrideH + run.Dy, x * _g.SourceStrideW + run.Dx);
            var inside = (uint)sy < (uint)s.H;
            var low = inside ? -sx * s.C : pastColumn;
            var high = inside ? (s.W - sx) * s.C : pastColumn;
            var from = (float*)_x + ((n * s.H + sy) * s.W + sx) * s.C;
            var panel = to;
            for (var c = firstColumn; c < pastColumn; c += TKernel.Columns, panel += Depth * TKernel.Columns)
            {
                var past = c + TKernel.Columns;
                if (low <= c && past <= high && past <= pastColumn)
                {
                    for (var i = 0; i < TKernel.Columns; i += Vector256<float>.Count)
                        Vector256.Load(from + c + i).Store(panel + i);
                    continue;
                }
                for (var i = 0; i < TKernel.Columns; i++)
                    panel[i] = c + i >= low && c + i < high && c + i < pastColumn ? from[c + i] : 0;
            }
            if (++x == t.W)
            {
                x = 0;
                if (++y == t.H)
                    (y, n) = (0, n + 1);
            }
        }
    }

    private void Add(float* tile, float* copy, int firstChannel, int firstColumn, int width, bool first)
    {
        var rowFloats = (long)Taps * _g.Source.C;
        var rows = Math.Min(TKernel.Rows, _g.Target.C - firstChannel);
        for (var i = 0; i < rows; i++, tile += TKernel.Columns)
        {
            var to = copy + (firstChannel + i) * rowFloats + firstColumn;
            var j = 0;
            for (; j <= width - Vector<float>.Count; j += Vector<float>.Count)
                (first ? Vector.Load(tile + j) : Vector.Load(to + j) + Vector.Load(tile + j)).Store(to + j);
            for (; j < width; j++)
                to[j] = first ? tile[j] : to[j] + tile[j];
        }
    }

    private int SumTasks => Math.Min(64, _g.Target.C);

    private void Sum(int task)
    {
        var (i, past) = (_copyFloats * task / SumTasks, _copyFloats * (task + 1) / SumTasks);
        var copies = (float*)_memory.Scratch;
        var to = (float*)_dweight;
        for (; i <= past - Vector<float>.Count; i += Vector<float>.Count)
        {
            var sum = Vector.Load(copies + i);
            for (var s = 1; s < _slices; s++)
                sum += Vector.Load(copies + s * _copyFloats + i);
            sum.Store(to + i);
        }
        for (; i < past; i++)
        {
            var sum = copies[i];
            for (var s = 1; s < _slices; s++)
                sum += copies[s * _copyFloats + i];
            to[i] = sum;
        }
    }
}
