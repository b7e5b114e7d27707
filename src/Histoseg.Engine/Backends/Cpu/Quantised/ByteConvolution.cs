using Histoseg.Engine.Backends.Cpu.Convolution;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>
/// Convolution of bytes as an implicit matrix product, like <see cref="PackedConvolution{TKernel}"/>. A row's bytes are a quarter of its floats, so that all
/// of its columns are multiplied in one go and no sum is kept anywhere but in registers.
/// </summary>
internal sealed unsafe class ByteConvolution<TKernel> where TKernel : struct, IByteKernel
{
    private const int BlockRows = RowReader<byte>.BlockRows;

    /// <summary>Tasks that keep many threads busy; a few pixels of many channels are cut along the channels too to make as many.</summary>
    private const int WantedTasks = 24;

    /// <summary>Bytes more than its columns from one gathered row to the next.</summary>
    private const int RowGap = 64;

    private readonly TapGeometry _g;
    private readonly CpuMemory _memory;
    private readonly WorkerPool _pool;
    private readonly RowReader<byte> _reader;
    private readonly DepthBlock[] _columns;
    private readonly int _panels, _panelGroups, _rowBytes;
    private readonly Action<int> _block;
    private readonly ByteWeights<TKernel> _weights;
    private readonly ByteStore _store;

    public ByteConvolution(TapGeometry geometry, QuantisedTensors tensors, CpuMemory memory, WorkerPool pool)
    {
        (_g, _memory, _pool) = (geometry, memory, pool);
        _reader = new RowReader<byte>(geometry, tensors.Source, outside: (byte)tensors.Input.ZeroPoint, TKernel.Rows);
        _weights = new ByteWeights<TKernel>(geometry, tensors, memory);
        _store = new ByteStore(tensors, geometry.Target.C);
        _panels = _weights.Panels;
        _columns = [.. geometry.Phases.Select(phase => DepthBlock.Whole(phase, geometry.Source.C))];
        _rowBytes = _columns.Max(columns => columns.Past) + RowGap;
        _panelGroups = Math.Clamp((WantedTasks + _reader.Blocks - 1) / _reader.Blocks, 1, _panels);
        _block = Block;
        memory.NeedScratch(_weights.ScratchFloats * sizeof(float) + (long)pool.Threads * BlockRows * _rowBytes);
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
        var sources = stackalloc int[3 * BlockRows];
        var targets = stackalloc long[BlockRows];
        _reader.Locate(phase, firstRow, rows, sources, targets);

        var copies = (byte*)((float*)_memory.Scratch + _weights.ScratchFloats) + (long)WorkerPool.Worker * BlockRows * _rowBytes;
        var starts = stackalloc byte*[BlockRows / TKernel.Rows * DepthBlock.MostRuns];
        var tiles = stackalloc TileSource<byte>[BlockRows / TKernel.Rows];
        for (var r = 0; r < rows; r += TKernel.Rows)
            tiles[r / TKernel.Rows] = _reader.Source(phase, _columns[phaseIndex], sources, r, rows, starts + r / TKernel.Rows * DepthBlock.MostRuns,
                copies + (long)r * _rowBytes, _rowBytes);
        var tile = stackalloc int[TKernel.Rows * IByteKernel.Columns];
        var (firstPanel, pastPanel) = (_panels * group / _panelGroups, _panels * (group + 1) / _panelGroups);
        for (var panel = firstPanel; panel < pastPanel; panel++)
        {
            var b = _weights.Panel(phaseIndex, panel);
            for (var r = 0; r < rows; r += TKernel.Rows)
            {
                TKernel.Multiply(in tiles[r / TKernel.Rows], b, tile);
                _store.Store(tile, targets + r, Math.Min(TKernel.Rows, rows - r), panel * IByteKernel.Columns, _weights.ZeroSums(phaseIndex),
                    _weights.Scales, _weights.Biases);
            }
        }
    }
}
