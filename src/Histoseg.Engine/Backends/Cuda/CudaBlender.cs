using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Blends in a band that stays on the GPU: only finished rows of bytes come back.</summary>
internal sealed class CudaBlender : Blender
{
    private const int BlockSize = 256, PixelsPerThread = 8;
    private readonly CudaDevice _device;
    private readonly CudaTensor _probabilities;
    private readonly int _width, _classes, _patchSize, _blocksPerRow;
    private readonly List<ulong> _owned = [];
    private readonly ulong _band, _decided, _mean;
    private readonly (ulong Address, int Length)[] _columns, _rows;
    private readonly Slot[] _slots;
    private readonly nint _add, _addBackground, _decide, _shares, _turn;
    private readonly bool _givesShares;
    private int _posted, _collected;

    /// <summary>Makes room for a slide.</summary>
    /// <param name="program">The program that computes the probabilities; it must outlive the blender.</param>
    /// <param name="probabilities">Its kept wide value (patches, P, P, classes).</param>
    /// <param name="layout">How patches lie on the slide.</param>
    /// <exception cref="EngineError">The band does not fit into the GPU's memory.</exception>
    public CudaBlender(CudaProgram program, Value probabilities, BlendLayout layout)
    {
        if (probabilities.Type != ElementType.Wide || !probabilities.Kept)
            throw new ArgumentException($"{probabilities} must be wide and kept", nameof(probabilities));
        _device = program.Device;
        _device.MakeCurrent();
        _probabilities = program.TensorOf(probabilities);
        (_width, _classes, _patchSize) = (layout.Width, probabilities.Shape.C, probabilities.Shape.H);
        _blocksPerRow = Math.Max(1, _width / (BlockSize * PixelsPerThread));
        RowsPerPost = Math.Min(layout.RowsPerPost, _patchSize);
        _add = _device.Function("blend", "blend_add");
        _addBackground = _device.Function("blend", "blend_add_background");
        _decide = _device.Function("blend", "blend_decide");
        _shares = _device.Function("blend", "blend_shares");
        _givesShares = layout.GivesShares;
        _turn = _device.Function("blend", "blend_turn");
        _slots = new Slot[layout.Posts];
        try
        {
            _band = Allocate((long)_patchSize * _width * _classes * sizeof(float));
            _decided = Allocate(BytesOf(RowsPerPost));
            _mean = layout.AveragesTurns ? Allocate(probabilities.Shape.Count * sizeof(float)) : 0;
            (_columns, _rows) = (Upload(layout.ColumnWeights), Upload(layout.RowWeights));
            for (var i = 0; i < layout.Posts; i++)
                _slots[i] = new Slot(_device, checked((int)BytesOf(RowsPerPost)));
            _device.Driver.StreamSynchronize(_device.ComputeStream).Check("cuStreamSynchronize");
        }
        catch
        {
            Dispose(disposing: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public override int RowsPerPost { get; }

    /// <inheritdoc/>
    public override int Pending => _posted - _collected;

    /// <inheritdoc/>
    public override int Posts => _slots.Length;

    /// <inheritdoc/>
    public override void TakeTurn(int turn, int count)
    {
        if (_mean == 0)
            throw new InvalidOperationException("the layout asks for no turns");
        var (start, stepX, stepY) = SquareTurn.Of(turn, _patchSize);
        var grid = new Dim3((uint)((_patchSize * _classes + BlockSize - 1) / BlockSize), (uint)_patchSize, (uint)count);
        Launch(_turn, grid, _mean, _probabilities.Address, _patchSize, _classes, start, stepX, stepY, turn == 0 ? 1 : 0);
    }

    /// <inheritdoc/>
    public override void Add(int slot, int x, int y, int column, int row)
    {
        var ((columns, count), (rows, height)) = (_columns[column], _rows[row]);
        var patch = (_mean == 0 ? _probabilities.Address : _mean) + (ulong)((long)slot * _patchSize * _patchSize * _classes * sizeof(float));
        Launch(_add, Blocks(count * _classes, height), _band, _patchSize, _width, _classes, patch, _patchSize, x, y, count, columns, rows);
    }

    /// <inheritdoc/>
    public override void AddBackground(int x, int y, int column, int row)
    {
        var ((columns, count), (rows, height)) = (_columns[column], _rows[row]);
        Launch(_addBackground, Blocks(count, height), _band, _patchSize, _width, _classes, x, y, count, columns, rows);
    }

    /// <inheritdoc/>
    public override void Post(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, RowsPerPost);
        if (Pending == _slots.Length)
            throw new InvalidOperationException($"{_slots.Length} posts wait; collect them first");
        var slot = _slots[_posted++ % _slots.Length];
        slot.Rows = count;
        var (pixels, driver) = ((long)count * _width, _device.Driver);
        // Deciding rows clears them.
        if (_givesShares)
            Launch(_shares, new Dim3((uint)_blocksPerRow, (uint)count), _band, _patchSize, row, _width, _classes, _decided + (ulong)(2 * pixels));
        Launch(_decide, new Dim3((uint)_blocksPerRow, (uint)count), _band, _patchSize, row, _width, _classes,
            _decided, _decided + (ulong)pixels, _decided + (ulong)CountsAt(count));
        driver.MemcpyDtoHAsync(slot.Pinned.Address, _decided, (nuint)BytesOf(count), _device.ComputeStream).Check("cuMemcpyDtoHAsync");
        driver.EventRecord(slot.Arrived, _device.ComputeStream).Check("cuEventRecord");
    }

    /// <inheritdoc/>
    public override BlendedRows Collect()
    {
        if (Pending == 0)
            throw new InvalidOperationException("nothing was posted");
        _device.MakeCurrent();
        var slot = _slots[_collected++ % _slots.Length];
        _device.Driver.EventSynchronize(slot.Arrived).Check("cuEventSynchronize");
        var pixels = slot.Rows * _width;
        var (unseen, broken) = (0L, 0L);
        var counts = slot.Pinned.As<uint>().Slice((int)CountsAt(slot.Rows) / sizeof(uint), slot.Rows * _blocksPerRow * 2);
        for (var i = 0; i < counts.Length; i += 2)
            (unseen, broken) = (unseen + counts[i], broken + counts[i + 1]);
        return new(slot.Pinned.Bytes[..pixels], slot.Pinned.Bytes.Slice(pixels, pixels),
            slot.Pinned.Bytes.Slice(2 * pixels, _givesShares ? pixels * _classes : 0), unseen, broken > 0);
    }

    // A post's bytes: labels, foreground, shares where they are wanted, then two counts for each block.
    private long CountsAt(int rows) => ((_givesShares ? 2L + _classes : 2) * rows * _width + sizeof(uint) - 1) / sizeof(uint) * sizeof(uint);

    private long BytesOf(int rows) => CountsAt(rows) + rows * _blocksPerRow * 2L * sizeof(uint);

    private static Dim3 Blocks(int columns, int rows) => new((uint)((columns + BlockSize - 1) / BlockSize), (uint)rows);

    private void Launch(nint function, Dim3 grid, params ReadOnlySpan<KernelArgument> arguments)
    {
        _device.MakeCurrent();
        _device.Launch(function, "blend", grid, BlockSize, arguments);
    }

    private (ulong Address, int Length)[] Upload(IReadOnlyList<float[]> weights)
    {
        float[] all = [.. weights.SelectMany(w => w)];
        var address = Allocate((long)all.Length * sizeof(float));
        _device.Upload(address, MemoryMarshal.AsBytes<float>(all));
        var (at, places) = (0, new (ulong, int)[weights.Count]);
        for (var i = 0; i < weights.Count; i++)
        {
            places[i] = (address + (ulong)(at * sizeof(float)), weights[i].Length);
            at += weights[i].Length;
        }
        return places;
    }

    private ulong Allocate(long bytes)
    {
        var status = _device.Driver.MemAlloc(out var address, (nuint)bytes);
        if (status == CudaStatus.OutOfMemory)
            throw new EngineError($"{_device.Name}: blending rows of {_width} pixels needs {bytes / 1048576.0:F0} MiB and "
                + $"{_device.Memory().Free / 1048576.0:F0} are free; use a smaller patch size or the processor")
            { Remedy = Remedy.UseProcessor };
        status.Check($"cuMemAlloc {bytes}");
        _owned.Add(address);
        _device.Driver.MemsetD8Async(address, 0, (nuint)bytes, _device.ComputeStream).Check("cuMemsetD8Async");
        return address;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _device.MakeCurrentToFree();
        _device.Driver.StreamSynchronize(_device.ComputeStream);
        foreach (var slot in _slots)
            slot?.Dispose();
        foreach (var address in _owned)
            _device.Driver.MemFree(address);
        _owned.Clear();
    }

    /// <summary>Where one post arrives.</summary>
    private sealed class Slot : IDisposable
    {
        private readonly CudaDevice _device;

        public Slot(CudaDevice device, int bytes)
        {
            (_device, Pinned, Arrived) = (device, new PinnedBuffer(device, bytes), device.CreateEvent());
        }

        public PinnedBuffer Pinned { get; }

        public nint Arrived { get; }

        public int Rows { get; set; }

        public void Dispose()
        {
            Pinned.Dispose();
            _device.Driver.EventDestroy(Arrived);
        }
    }
}
