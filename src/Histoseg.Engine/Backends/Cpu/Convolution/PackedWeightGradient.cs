using System.Runtime.Intrinsics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// The weight gradient of any convolution as an implicit matrix product over pixels, whose taps are gathered a few hundred pixels at a time. Large gradients
/// of few pixels are cut along the channels instead of into slices of pixels: along dy's or x's, whichever are more.
/// </summary>
internal sealed unsafe class PackedWeightGradient<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Most pixels multiplied at a time.</summary>
    private const int Depth = 320;

    /// <summary>Most panels gathered at a time, so that they stay in a second-level cache.</summary>
    private const int GatheredPanels = 8;

    /// <summary>
    /// Tasks for each thread, and in all: each packs dy anew, so that more of them cost more. What is summed, and in which order, they leave alone.
    /// </summary>
    private const int TasksOfThread = 4;
    private const int MostTasks = 24;

    /// <summary>Pixels that x is fetched ahead of its gathering: rows of many channels lie too far apart for a processor to see what comes next.</summary>
    private const int PixelsAhead = 8;

    private readonly TapGeometry _g;
    private readonly nint _x, _dy;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly GradientCopies _copies;
    private readonly TapRun[] _runs;
    private readonly int _groups, _tiles, _panelsOfRun;
    private readonly bool _cutsOutputs;
    private readonly long _workerFloats;
    private readonly Action<int> _multiply;

    /// <param name="geometry">The forward convolution's geometry: source x, target dy, one phase.</param>
    /// <param name="x">The forward input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dweight">(O, taps, I).</param>
    /// <param name="memory">Where the scratch is.</param>
    /// <param name="pool">The threads.</param>
    public PackedWeightGradient(TapGeometry geometry, nint x, nint dy, nint dweight, CpuMemory memory, WorkerPool pool)
    {
        (_g, _x, _dy, _memory, _pool) = (geometry, x, dy, memory, pool);
        _runs = geometry.Phases[0].Runs;
        _copies = new GradientCopies(dweight, geometry, memory);
        _tiles = (geometry.Target.C + TKernel.Rows - 1) / TKernel.Rows;
        _panelsOfRun = _runs.Max(Panels);
        var panels = _runs.Length * _panelsOfRun;
        _cutsOutputs = _tiles * TKernel.Rows > panels * TKernel.Columns;
        _groups = Math.Clamp((Math.Min(MostTasks, TasksOfThread * pool.Threads) + _copies.Slices - 1) / _copies.Slices, 1, _cutsOutputs ? _tiles : panels);
        _workerFloats = (long)Depth * (_tiles * TKernel.Rows + Math.Min(_panelsOfRun, GatheredPanels) * TKernel.Columns);
        _multiply = Multiply;
        memory.NeedScratch((_copies.Floats + pool.Threads * _workerFloats) * sizeof(float));
    }

    private int Panels(TapRun run) => (run.Count * _g.Source.C + TKernel.Columns - 1) / TKernel.Columns;

    public void Run()
    {
        _pool.For(_copies.Slices * _groups, _multiply);
        _copies.Sum(_pool);
    }

    /// <summary>Sums the pixels of one slice for one group of output channels or of the panels of all runs.</summary>
    private void Multiply(int task)
    {
        var (slice, group) = (task / _groups, task % _groups);
        var dyPacked = (float*)_memory.Scratch + _copies.Floats + WorkerPool.Worker * _workerFloats;
        var (firstPixel, pastPixel) = (_g.Target.Pixels * slice / _copies.Slices, _g.Target.Pixels * (slice + 1) / _copies.Slices);
        var allPanels = _runs.Length * _panelsOfRun;
        var (firstPanel, pastPanel) = _cutsOutputs ? (0, allPanels) : (allPanels * group / _groups, allPanels * (group + 1) / _groups);
        var (firstTile, pastTile) = _cutsOutputs ? (_tiles * group / _groups, _tiles * (group + 1) / _groups) : (0, _tiles);
        var chunks = (pastPixel - firstPixel + Depth - 1) / Depth;
        for (var chunk = 0L; chunk < chunks; chunk++)
        {
            var first = firstPixel + (pastPixel - firstPixel) * chunk / chunks;
            var depth = (int)(firstPixel + (pastPixel - firstPixel) * (chunk + 1) / chunks - first);
            PackGradient(first, depth, firstTile, pastTile, dyPacked);
            for (var panel = firstPanel; panel < pastPanel;)
            {
                var (r, from) = (panel / _panelsOfRun, panel % _panelsOfRun);
                var count = Math.Min(GatheredPanels, Math.Min(pastPanel - panel, _panelsOfRun - from));
                MultiplyPanels(_runs[r], from, Math.Min(from + count, Panels(_runs[r])), first, depth, firstTile, pastTile, dyPacked, slice, chunk == 0);
                panel += count;
            }
        }
    }

    /// <summary>Adds some pixels' part to panels from … past − 1 of one run; none where the run has fewer.</summary>
    private void MultiplyPanels(in TapRun run, int from, int past, long firstPixel, int depth, int firstTile, int pastTile, float* dyPacked,
        int slice, bool first)
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
            for (var o = firstTile; o < pastTile; o++)
            {
                start[0] = dyPacked + (long)o * Depth * TKernel.Rows;
                var (firstOutput, firstInput) = (o * TKernel.Rows, (long)run.Start * _g.Source.C + panel * TKernel.Columns);
                _copies.Fetch(slice, TKernel.Rows, firstOutput, firstInput, width);
                TKernel.Multiply(new TileSource<float>(start, 1, depth, 1, TKernel.Rows), b, tile);
                _copies.Add(slice, tile, TKernel.Rows, TKernel.Columns, firstOutput, firstInput, width, first);
            }
        }
    }

    /// <summary>Packs dy of some pixels as tiles of as many channels as a register tile has rows, [tile][pixel][Rows], zero beyond the last channel.</summary>
    private void PackGradient(long first, int depth, int firstTile, int pastTile, float* to)
    {
        // Pixel by pixel: read in order, and written to as many places as there are tiles, which a first-level cache holds.
        var channels = _g.Target.C;
        var pastWhole = Math.Min(pastTile, channels / TKernel.Rows);
        for (var k = 0; k < depth; k++)
        {
            var row = (float*)_dy + (first + k) * channels + firstTile * TKernel.Rows;
            var tile = to + ((long)firstTile * Depth + k) * TKernel.Rows;
            for (var o = firstTile; o < pastWhole; o++, row += TKernel.Rows, tile += Depth * TKernel.Rows)
            {
                var i = 0;
                for (; i <= TKernel.Rows - Vector128<float>.Count; i += Vector128<float>.Count)
                    Vector128.Load(row + i).Store(tile + i);
                for (; i < TKernel.Rows; i += Vector64<float>.Count)
                    Vector64.Load(row + i).Store(tile + i);
            }
            for (var i = 0; pastWhole < pastTile && i < TKernel.Rows; i++)
                tile[i] = pastWhole * TKernel.Rows + i < channels ? row[i] : 0;
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
            Ahead.Fetch(from + PixelsAhead * _g.SourceStrideW * s.C + firstColumn, pastColumn - firstColumn);
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
}
