using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>A ring of page-locked slots that the compute stream copies into behind each run.</summary>
internal sealed class CudaReadback : Readback<float>
{
    private readonly CudaDevice _device;
    private readonly CudaTensor[] _tensors;
    private readonly PinnedBuffer _slots;
    private readonly int _slotBytes;
    private int _count;

    public CudaReadback(CudaDevice device, CudaTensor[] tensors, int capacity)
    {
        if (tensors.FirstOrDefault(t => t.Element != CudaElement.Float32) is { Address: > 0 } narrow)
            throw new ArgumentException($"a readback takes wide values, not {narrow.Element}", nameof(tensors));
        (_device, _tensors, Capacity) = (device, tensors, capacity);
        _slotBytes = checked((int)tensors.Sum(t => t.Bytes));
        _slots = new PinnedBuffer(device, checked(_slotBytes * capacity));
    }

    public override int Capacity { get; }

    public override int Count => _count;

    public override void Post()
    {
        if (_count == Capacity)
            throw new InvalidOperationException($"{Capacity} runs are posted; drain them first");
        _device.MakeCurrent();
        var place = _slots.Address + _count * _slotBytes;
        foreach (var tensor in _tensors)
        {
            _device.Driver.MemcpyDtoHAsync(place, tensor.Address, (nuint)tensor.Bytes, _device.ComputeStream).Check("cuMemcpyDtoHAsync");
            place += (nint)tensor.Bytes;
        }
        _count++;
    }

    public override IReadOnlyList<float[]> Drain()
    {
        _device.MakeCurrent();
        _device.Driver.StreamSynchronize(_device.ComputeStream).Check("cuStreamSynchronize");
        var perSlot = _slotBytes / sizeof(float);
        float[][] runs = [.. Enumerable.Range(0, _count).Select(i => _slots.As<float>().Slice(i * perSlot, perSlot).ToArray())];
        _count = 0;
        return runs;
    }

    protected override void Dispose(bool disposing)
    {
        _device.MakeCurrentToFree();
        // Copies of runs that nobody drained may be under way into the slots.
        _device.Driver.StreamSynchronize(_device.ComputeStream);
        _slots.Dispose();
    }
}
