using System.Numerics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>The tensors a convolution works on.</summary>
/// <param name="Source">The map read, NHWC.</param>
/// <param name="Weight">(A, taps, B).</param>
/// <param name="WeightIsConstant">Whether no run changes the weights.</param>
/// <param name="WeightTransposed">False: A is the output channel, B the input channel (convolution). True: the reverse (transposed convolution).</param>
/// <param name="Bias">One per output channel, or null.</param>
/// <param name="Residual">Of the target's shape, or null.</param>
/// <param name="Relu">Whether negative results become 0.</param>
/// <param name="Target">The map written, NHWC.</param>
/// <param name="Accumulate">Whether the result is added to what the target holds; then there is no residual.</param>
internal unsafe readonly record struct ConvolutionTensors(
    nint Source, nint Weight, bool WeightIsConstant, bool WeightTransposed, nint Bias, nint Residual, bool Relu, nint Target, bool Accumulate);

/// <summary>
/// Convolution as an implicit matrix product. The weights are packed into panels of the register tile's width (B). The rows of A are read where they lie in
/// the map: the taps of one kernel row are neighbours there, so that a tile needs a pointer per run of taps. Only tiles at a border are gathered into a
/// small buffer; the whole im2col matrix never exists.
/// </summary>
internal sealed unsafe class PackedConvolution<TKernel> where TKernel : struct, IMicroKernel
{
    /// <summary>Output pixels per task: a multiple of every kernel's rows, whose source pixels fit a second-level cache.</summary>
    private const int BlockRows = 96;

    /// <summary>Tasks that keep many threads busy; a few pixels of many channels are cut along the channels too to make as many.</summary>
    private const int WantedTasks = 24;

    /// <summary>Floats of a gathered row: the odd number of cache lines keeps rows out of each other's cache sets.</summary>
    private const int RowFloats = DepthBlock.Most + 16;
    private const int BlockFloats = BlockRows * RowFloats;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly int _panels, _panelGroups;
    private readonly DepthBlock[][] _depthBlocks;
    private readonly int[] _blockStart;
    private readonly Action<int> _block;
    private readonly WeightPanels<TKernel> _weights;
    private readonly TileStore<TKernel> _store;

    public PackedConvolution(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory, WorkerPool pool)
    {
        (_g, _t, _memory, _pool) = (geometry, tensors, memory, pool);
        _weights = new WeightPanels<TKernel>(geometry, tensors, memory);
        _store = new TileStore<TKernel>(geometry, tensors);
        _panels = _weights.Panels;
        _depthBlocks = [.. geometry.Phases.Select(phase => DepthBlock.Of(phase, geometry.Source.C))];
        _blockStart = new int[geometry.Phases.Length + 1];
        for (var i = 0; i < geometry.Phases.Length; i++)
        {
            var phase = geometry.Phases[i];
            _blockStart[i + 1] = _blockStart[i] + (geometry.Target.N * phase.Height * phase.Width + BlockRows - 1) / BlockRows;
        }
        _panelGroups = Math.Clamp((WantedTasks + _blockStart[^1] - 1) / _blockStart[^1], 1, _panels);
        _block = Block;
        memory.NeedScratch((_weights.ScratchFloats + (long)pool.Threads * BlockFloats) * sizeof(float));
    }

    public void Run()
    {
        _weights.Pack(_pool);
        _pool.For(_blockStart[^1] * _panelGroups, _block);
    }

    private void Block(int task)
    {
        var (block, group) = (task / _panelGroups, task % _panelGroups);
        var phaseIndex = 0;
        while (block >= _blockStart[phaseIndex + 1])
            phaseIndex++;
        var phase = _g.Phases[phaseIndex];
        var firstRow = (block - _blockStart[phaseIndex]) * BlockRows;
        var rows = Math.Min(BlockRows, _g.Target.N * phase.Height * phase.Width - firstRow);
        var sources = stackalloc int[3 * BlockRows];
        var targets = stackalloc long[BlockRows];
        Locate(phase, firstRow, rows, sources, targets);

        var depth = phase.Taps.Length * _g.Source.C;
        var (firstPanel, pastPanel) = (_panels * group / _panelGroups, _panels * (group + 1) / _panelGroups);
        var starts = stackalloc float*[BlockRows / TKernel.Rows * DepthBlock.MostRuns];
        var tiles = stackalloc TileSource[BlockRows / TKernel.Rows];
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        foreach (var part in _depthBlocks[phaseIndex])
        {
            for (var r = 0; r < rows; r += TKernel.Rows)
                tiles[r / TKernel.Rows] = Source(phase, part, sources, r, rows, starts + r / TKernel.Rows * DepthBlock.MostRuns);
            for (var panel = firstPanel; panel < pastPanel; panel++)
            {
                var b = _weights.Panel(phaseIndex, panel) + (long)part.First * TKernel.Columns;
                for (var r = 0; r < rows; r += TKernel.Rows)
                {
                    TKernel.Multiply(in tiles[r / TKernel.Rows], b, tile);
                    _store.Store(tile, (float*)_t.Target, targets + r, Math.Min(TKernel.Rows, rows - r), panel * TKernel.Columns,
                        part.First == 0 && !_t.Accumulate, part.Past >= depth);
                }
            }
        }
    }

    /// <summary>Where a tile of rows first … is read: in the map itself if all its taps lie there in a row, else from a copy.</summary>
    private TileSource Source(TapPhase phase, DepthBlock part, int* sources, int first, int rows, float** starts)
    {
        var at = sources + 3 * first;
        var last = at + 3 * (TKernel.Rows - 1);
        var (channels, height, width) = (_g.Source.C, _g.Source.H, _g.Source.W);
        if (part.Runs.Length > 0 && first + TKernel.Rows <= rows && last[0] == at[0] && last[1] == at[1]
            && at[1] + part.Top >= 0 && at[1] + part.Bottom < height && at[2] + part.Left >= 0 && last[2] + part.Right < width)
        {
            for (var i = 0; i < part.Runs.Length; i++)
            {
                ref readonly var run = ref part.Runs[i];
                starts[i] = (float*)_t.Source + (((long)at[0] * height + at[1] + run.Dy) * width + at[2] + run.Dx) * channels + part.Skipped;
            }
            return new TileSource(starts, part.Runs.Length, (part.Past - part.First) / part.Runs.Length, _g.SourceStrideW * channels, 1);
        }
        var copy = (float*)_memory.Scratch + _weights.ScratchFloats + (long)WorkerPool.Worker * BlockFloats + (long)first * RowFloats;
        for (var r = 0; r < TKernel.Rows && first + r < rows; r++)
            Gather(phase, at + 3 * r, part.First, part.Past, copy + (long)r * RowFloats);
        starts[0] = copy;
        return new TileSource(starts, 1, part.Past - part.First, RowFloats, 1);
    }

    /// <summary>For each row of the block: image, base source row and base source column; and the output pixel.</summary>
    private void Locate(TapPhase phase, int firstRow, int rows, int* sources, long* targets)
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

    /// <summary>Copies columns first … past − 1 of one row of A; taps outside the map give zeros.</summary>
    private void Gather(TapPhase phase, int* at, int first, int past, float* row)
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
                new Span<float>(row + from - first, low - from).Clear();
            if (high > low)
                Copy((float*)_t.Source + (((long)at[0] * height + y) * width + x) * channels + (low - start), row + low - first, high - low);
            if (to > high)
                new Span<float>(row + high - first, to - high).Clear();
        }
    }

    private static void Copy(float* from, float* to, int count)
    {
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Load(from + i).Store(to + i);
        for (; i < count; i++)
            to[i] = from[i];
    }
}
