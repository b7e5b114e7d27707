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
    /// <summary>Tasks that keep threads busy, for each and in all: of few pixels smaller blocks are made, and many channels are cut, to make as many.</summary>
    private const int TasksOfThread = 8;
    private const int MostTasks = 24;

    /// <summary>Panels that are not worth a cut: each would find its pixels anew.</summary>
    private const int FewPanels = 2;

    /// <summary>Floats of a gathered row: the odd number of cache lines keeps rows out of each other's cache sets.</summary>
    private const int RowFloats = DepthBlock.Most + 16;
    private const int BlockFloats = RowReader<float>.BlockRows * RowFloats;

    private readonly TapGeometry _g;
    private readonly ConvolutionTensors _t;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly RowReader<float> _reader;
    private readonly int _panels, _panelGroups;
    private readonly DepthBlock[][] _depthBlocks;
    private readonly Action<int> _block;
    private readonly WeightPanels<TKernel> _weights;
    private readonly TileStore<TKernel> _store;

    public PackedConvolution(TapGeometry geometry, ConvolutionTensors tensors, CpuMemory memory, WorkerPool pool)
    {
        (_g, _t, _memory, _pool) = (geometry, tensors, memory, pool);
        _weights = new WeightPanels<TKernel>(geometry, tensors, memory);
        _store = new TileStore<TKernel>(geometry, tensors);
        _panels = _weights.Panels;
        var wanted = Math.Min(MostTasks, TasksOfThread * pool.Threads);
        _reader = new RowReader<float>(geometry, tensors.Source, outside: 0, TKernel.Rows);
        if (_panels <= FewPanels && _reader.Blocks < wanted)
            _reader = new RowReader<float>(geometry, tensors.Source, outside: 0, TKernel.Rows, RowReader<float>.HalfBlockRows);
        _depthBlocks = [.. geometry.Phases.Select(phase => DepthBlock.Of(phase, geometry.Source.C))];
        _panelGroups = Math.Clamp((wanted + _reader.Blocks - 1) / _reader.Blocks, 1, _panels);
        _block = Block;
        memory.NeedScratch((_weights.ScratchFloats + (long)pool.Threads * BlockFloats) * sizeof(float));
    }

    public void Run()
    {
        _weights.Pack(_pool);
        _pool.For(_reader.Blocks * _panelGroups, _block);
    }

    private void Block(int task)
    {
        var group = task % _panelGroups;
        var (phaseIndex, firstRow, rows) = _reader.Block(task / _panelGroups);
        var phase = _g.Phases[phaseIndex];
        var sources = stackalloc int[3 * RowReader<float>.BlockRows];
        var targets = stackalloc long[RowReader<float>.BlockRows];
        _reader.Locate(phase, firstRow, rows, sources, targets);
        var copies = (float*)_memory.Scratch + _weights.ScratchFloats + (long)WorkerPool.Worker * BlockFloats;

        var depth = phase.Taps.Length * _g.Source.C;
        var (firstPanel, pastPanel) = (_panels * group / _panelGroups, _panels * (group + 1) / _panelGroups);
        var starts = stackalloc float*[RowReader<float>.BlockRows / TKernel.Rows * DepthBlock.MostRuns];
        var tiles = stackalloc TileSource<float>[RowReader<float>.BlockRows / TKernel.Rows];
        var tile = stackalloc float[TKernel.Rows * TKernel.Columns];
        var parts = _depthBlocks[phaseIndex];
        for (var p = 0; p < parts.Length; p++)
        {
            var (part, following) = (parts[p], parts[(p + 1) % parts.Length]);
            for (var r = 0; r < rows; r += TKernel.Rows)
                tiles[r / TKernel.Rows] =
                    _reader.Source(phase, part, sources, r, rows, starts + r / TKernel.Rows * DepthBlock.MostRuns, copies + (long)r * RowFloats, RowFloats);
            for (var panel = firstPanel; panel < pastPanel; panel++)
            {
                var b = _weights.Panel(phaseIndex, panel) + (long)part.First * TKernel.Columns;
                var (nextPanel, nextPart) = panel + 1 < pastPanel ? (panel + 1, part) : (firstPanel, following);
                var next = _weights.Panel(phaseIndex, nextPanel) + (long)nextPart.First * TKernel.Columns;
                for (var r = 0; r < rows; r += TKernel.Rows)
                {
                    Ahead.Fetch(next, (long)(nextPart.Past - nextPart.First) * TKernel.Columns * sizeof(float), r / TKernel.Rows,
                        (rows + TKernel.Rows - 1) / TKernel.Rows);
                    _store.Fetch((float*)_t.Target, targets + r, Math.Min(TKernel.Rows, rows - r), panel * TKernel.Columns, part.Past >= depth);
                    TKernel.Multiply(in tiles[r / TKernel.Rows], b, tile);
                    _store.Store(tile, (float*)_t.Target, targets + r, Math.Min(TKernel.Rows, rows - r), panel * TKernel.Columns,
                        part.First == 0 && !_t.Accumulate, part.Past >= depth);
                }
            }
        }
    }
}
