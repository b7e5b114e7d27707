using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Cuts patches on the GPU, from blocks that the copy stream brings there while the last run still computes.</summary>
internal sealed class CudaPatchInput : PatchInput
{
    private const int BlockSize = 256, Alignment = 256;
    private const long MostPinned = 64 << 20;
    private readonly CudaDevice _device;
    private readonly ulong _input, _slots;
    private readonly int _size;
    private readonly long _slotBytes;
    private readonly PixelBlock?[] _held; // the block that lies in each slot
    private readonly bool[] _isUsed; // whether something was cut from it since _cut was recorded
    private readonly Landing[] _landings;
    private readonly nint _cut; // what was cut before is cut
    private readonly nint _function;
    private int _next;

    /// <summary>Makes room for a picture's blocks.</summary>
    /// <param name="program">The program whose input it is; it must outlive this.</param>
    /// <param name="input">The input, bytes (patches, P, P, 3).</param>
    /// <param name="layout">What blocks there are.</param>
    /// <returns>Null where they do not fit into the GPU's memory.</returns>
    public static CudaPatchInput? TryCreate(CudaProgram program, Value input, BlockLayout layout)
    {
        if (input.Kind != ValueKind.Input || input.Type != ElementType.UInt8)
            throw new ArgumentException($"{input} must be an input of bytes", nameof(input));
        program.Device.MakeCurrent();
        var slotBytes = (3L * layout.MostPixels + Alignment - 1) / Alignment * Alignment;
        var status = program.Device.Driver.MemAlloc(out var slots, (nuint)(slotBytes * layout.Slots));
        if (status == CudaStatus.OutOfMemory)
            return null;
        status.Check("cuMemAlloc");
        return new(program, input, layout.Slots, slotBytes, slots);
    }

    private CudaPatchInput(CudaProgram program, Value input, int slots, long slotBytes, ulong address)
    {
        (_device, _size, _input) = (program.Device, input.Shape.H, program.TensorOf(input).Address);
        (_slots, _slotBytes, _held, _isUsed) = (address, slotBytes, new PixelBlock?[slots], new bool[slots]);
        _landings = new Landing[Math.Clamp(MostPinned / _slotBytes, 2, 64)];
        try
        {
            _function = _device.Function("pixels", "cut_pixels");
            for (var i = 0; i < _landings.Length; i++)
                _landings[i] = new(_device, checked((int)_slotBytes));
            _cut = _device.CreateEvent();
            _device.Driver.EventRecord(_cut, _device.ComputeStream).Check("cuEventRecord");
        }
        catch
        {
            Dispose(disposing: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Put(IReadOnlyList<PatchCut> patches, int turn)
    {
        _device.MakeCurrent();
        var walk = SquareTurn.Back(turn, _size);
        for (var n = 0; n < patches.Count; n++)
            Cut(patches[n], walk, _input + (ulong)((long)n * _size * _size * 3));
        Recorded();
    }

    private void Cut(PatchCut patch, SquareTurn walk, ulong target)
    {
        if (patch.Overhangs(_size))
            _device.Driver.MemsetD8Async(target, 255, (nuint)(_size * _size * 3), _device.ComputeStream).Check("cuMemsetD8Async");
        foreach (var block in patch.Blocks)
        {
            if (!ReferenceEquals(_held[block.Slot], block))
                Bring(block);
            _isUsed[block.Slot] = true;
            var (left, top, width, height) = block.PartOf(patch.X, patch.Y, _size);
            _device.Launch(_function, "cut_pixels", new Dim3((uint)((width * 3 + BlockSize - 1) / BlockSize), (uint)height), BlockSize,
                target, Slot(block) + (ulong)block.At(left, top), block.Width, width, walk.At(left - patch.X, top - patch.Y), walk.StepX, walk.StepY);
        }
    }

    private void Bring(PixelBlock block)
    {
        if (_isUsed[block.Slot])
            Recorded();
        var (driver, landing, bytes) = (_device.Driver, _landings[_next++ % _landings.Length], block.Width * block.Height * 3);
        driver.EventSynchronize(landing.Arrived).Check("cuEventSynchronize");
        block.Rgb.AsSpan(0, bytes).CopyTo(landing.Pinned.Bytes);
        driver.StreamWaitEvent(_device.CopyStream, _cut, 0).Check("cuStreamWaitEvent");
        driver.MemcpyHtoDAsync(Slot(block), landing.Pinned.Address, (nuint)bytes, _device.CopyStream).Check("cuMemcpyHtoDAsync");
        driver.EventRecord(landing.Arrived, _device.CopyStream).Check("cuEventRecord");
        driver.StreamWaitEvent(_device.ComputeStream, landing.Arrived, 0).Check("cuStreamWaitEvent");
        _held[block.Slot] = block;
    }

    private ulong Slot(PixelBlock block) => _slots + (ulong)(block.Slot * _slotBytes);

    private void Recorded()
    {
        _device.Driver.EventRecord(_cut, _device.ComputeStream).Check("cuEventRecord");
        Array.Clear(_isUsed);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _device.MakeCurrentToFree();
        _device.Driver.StreamSynchronize(_device.ComputeStream);
        _device.Driver.StreamSynchronize(_device.CopyStream);
        foreach (var landing in _landings)
            landing?.Dispose();
        if (_cut != 0)
            _device.Driver.EventDestroy(_cut);
        if (_slots != 0)
            _device.Driver.MemFree(_slots);
    }

    /// <summary>Page-locked memory that a block leaves from.</summary>
    private sealed class Landing(CudaDevice device, int bytes) : IDisposable
    {
        public PinnedBuffer Pinned { get; } = new(device, bytes);

        public nint Arrived { get; } = device.CreateEvent();

        public void Dispose()
        {
            Pinned.Dispose();
            device.Driver.EventDestroy(Arrived);
        }
    }
}
