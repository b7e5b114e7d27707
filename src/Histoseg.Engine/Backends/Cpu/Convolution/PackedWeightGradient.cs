namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// The weight gradient of a convolution as an implicit matrix product over pixels. The pixels are cut into a fixed number of slices;
/// each slice sums into its own copy of the gradient, and the copies are added in order, so the result is the same on every run.
/// </summary>
internal sealed unsafe class PackedWeightGradient<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Pixels multiplied at a time.</summary>
    private const int Depth = 256;
    private const int FewestSlices = 8;
    private const int MostSlices = 32;

    /// <summary>Floats that the slices' copies may take together: 64 MiB.</summary>
    private const long MostCopies = 16 << 20;

    private readonly TapGeometry _g;
    private readonly nint _x, _dy, _dweight;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly int _slices, _tiles, _runColumns;
    private readonly long _copyFloats, _workerFloats;
    private readonly Action<int> _slice, _sum;

    /// <param name="geometry">The forward convolution's geometry: source x, target dy, one phase.</param>
    /// <param name="x">The forward input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dweight">(O, taps, I).</param>
    /// <param name="memory">Where the scratch is.</param>
    /// <param name="pool">The threads.</param>
    public PackedWeightGradient(TapGeometry geometry, nint x, nint dy, nint dweight, CpuMemory memory, WorkerPool pool)
    {
        (_g, _x, _dy, _dweight, _memory, _pool) = (geometry, x, dy, dweight, memory, pool);
        _copyFloats = (long)geometry.Target.C * Taps * geometry.Source.C;
        // Never a function of the number of threads, so that the sum's order, and with it every bit, is not either.
        _slices = (int)Math.Clamp(Math.Min(MostCopies / _copyFloats, geometry.Target.Pixels / Depth), FewestSlices, MostSlices);
        _tiles = (geometry.Target.C + MicroKernel.Rows - 1) / MicroKernel.Rows;
        _runColumns = Panels(geometry.Phases[0].Runs.Max(r => r.Count)) * TKernel.Columns;
        _workerFloats = (long)Depth * (_tiles * MicroKernel.Rows + _runColumns);
        (_slice, _sum) = (Slice, Sum);
        memory.NeedScratch((_slices * _copyFloats + pool.Threads * _workerFloats) * sizeof(float));
    }

    private int Taps => _g.Phases[0].Taps.Length;

    private int Panels(int taps) => (taps * _g.Source.C + TKernel.Columns - 1) / TKernel.Columns;

    public void Run()
    {
        _pool.For(_slices, _slice);
        _pool.For(Math.Min(64, _g.Target.C), _sum);
    }

    private void Slice(int slice)
    {
        var copy = (float*)_memory.Scratch + slice * _copyFloats;
        new Span<float>(copy, checked((int)_copyFloats)).Clear();
        var dyPacked = (float*)_memory.Scratch + _slices * _copyFloats + WorkerPool.Worker * _workerFloats;
        var xPacked = dyPacked + (long)Depth * _tiles * MicroKernel.Rows;
        var tile = stackalloc float[MicroKernel.Rows * TKernel.Columns];
        var pixels = _g.Target.Pixels;
        var past = pixels * (slice + 1) / _slices;
        for (var first = pixels * slice / _slices; first < past; first += Depth)
        {
            var depth = (int)Math.Min(Depth, past - first);
            PackGradient(first, depth, dyPacked);
            foreach (ref readonly var run in _g.Phases[0].Runs.AsSpan())
            {
                var columns = run.Count * _g.Source.C;
                GatherRun(run, first, depth, xPacked);
                for (var panel = 0; panel < Panels(run.Count); panel++)
                {
                    var b = xPacked + (long)panel * Depth * TKernel.Columns;
                    var width = Math.Min(TKernel.Columns, columns - panel * TKernel.Columns);
                    for (var o = 0; o < _tiles; o++)
                    {
                        TKernel.Multiply<DepthMajor>(dyPacked + (long)o * Depth * MicroKernel.Rows, b, depth, tile);
                        Accumulate(tile, copy, o * MicroKernel.Rows, run.Start * _g.Source.C + panel * TKernel.Columns, width);
                    }
                }
            }
        }
    }

    /// <summary>Packs dy of some pixels as tiles of eight channels, [tile][pixel][8], zero beyond the last channel.</summary>
    private void PackGradient(long first, int depth, float* to)
    {
        var channels = _g.Target.C;
        for (var k = 0; k < depth; k++)
        {
            var row = (float*)_dy + (first + k) * channels;
            for (var o = 0; o < _tiles; o++)
            {
                var tile = to + ((long)o * Depth + k) * MicroKernel.Rows;
                var count = Math.Min(MicroKernel.Rows, channels - o * MicroKernel.Rows);
                for (var i = 0; i < count; i++)
                    tile[i] = row[o * MicroKernel.Rows + i];
                for (var i = count; i < MicroKernel.Rows; i++)
                    tile[i] = 0;
            }
        }
    }

    /// <summary>Gathers the source channels of one run of taps for some pixels as panels, [panel][pixel][Columns], zero outside the map.</summary>
    private void GatherRun(in TapRun run, long first, int depth, float* to)
    {
        var (s, t) = (_g.Source, _g.Target);
        var columns = run.Count * s.C;
        var (x, y) = ((int)(first % t.W), (int)(first / t.W % t.H));
        var n = first / t.W / t.H;
        for (var k = 0; k < depth; k++)
        {
            var (sy, sx) = (y * _g.SourceStrideH + run.Dy, x * _g.SourceStrideW + run.Dx);
            var inside = (uint)sy < (uint)s.H;
            var low = inside ? Math.Clamp(-sx * s.C, 0, columns) : columns;
            var high = inside ? Math.Clamp((s.W - sx) * s.C, low, columns) : columns;
            var from = (float*)_x + ((n * s.H + sy) * s.W + sx) * s.C;
            for (var c = 0; c < columns; c += TKernel.Columns)
            {
                var row = to + ((long)(c / TKernel.Columns) * Depth + k) * TKernel.Columns;
                var (start, end) = (Math.Clamp(low - c, 0, TKernel.Columns), Math.Clamp(high - c, 0, TKernel.Columns));
                if (end - start < TKernel.Columns)
                    new Span<float>(row, TKernel.Columns).Clear();
                if (end > start)
                    new ReadOnlySpan<float>(from + c + start, end - start).CopyTo(new Span<float>(row + start, end - start));
            }
            if (++x == t.W)
            {
                x = 0;
                if (++y == t.H)
                    (y, n) = (0, n + 1);
            }
        }
    }

    private void Accumulate(float* tile, float* copy, int firstChannel, int firstColumn, int width)
    {
        var rowFloats = (long)Taps * _g.Source.C;
        var rows = Math.Min(MicroKernel.Rows, _g.Target.C - firstChannel);
        for (var i = 0; i < rows; i++)
        {
            var to = copy + (firstChannel + i) * rowFloats + firstColumn;
            for (var j = 0; j < width; j++)
                to[j] += tile[i * TKernel.Columns + j];
        }
    }

    private void Sum(int task)
    {
        var tasks = Math.Min(64, _g.Target.C);
        var (first, past) = (_copyFloats * task / tasks, _copyFloats * (task + 1) / tasks);
        var copies = (float*)_memory.Scratch;
        var to = (float*)_dweight;
        for (var i = first; i < past; i++)
        {
            var sum = copies[i];
            for (var s = 1; s < _slices; s++)
                sum += copies[s * _copyFloats + i];
            to[i] = sum;
        }
    }
}
