using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Page-locked host memory, from and to which copies run beside the processor.</summary>
internal sealed unsafe class PinnedBuffer : IDisposable
{
    private readonly CudaDevice _device;
    private readonly int _bytes;

    public PinnedBuffer(CudaDevice device, int bytes)
    {
        (_device, _bytes) = (device, bytes);
        var status = device.Driver.MemHostAlloc(out var address, (nuint)Math.Max(1, bytes), 0);
        if (status == CudaStatus.OutOfMemory)
            throw new EngineError($"the operating system does not lock {bytes / 1048576.0:F0} MiB of memory for the GPU; "
                + "end other programs or use a smaller batch");
        status.Check("cuMemHostAlloc");
        Address = address;
    }

    public nint Address { get; }

    public Span<byte> Bytes => new((void*)Address, _bytes);

    public Span<T> As<T>() where T : unmanaged => new((void*)Address, _bytes / sizeof(T));

    public void Dispose() => _device.Driver.MemFreeHost(Address);
}
