using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

public sealed unsafe partial class SoftwareCudaDriver
{
    private const ulong AddressAlignment = 256, Gap = 1 << 20;
    private const ulong KeptFreedHostBytes = 256 << 20;

    private readonly RegionTable _device = new(), _host = new();
    private readonly Queue<MemoryRegion> _freedHost = new();
    private ulong _nextAddress = 0x7_0000_0000_00;
    private int _allocations;

    /// <inheritdoc/>
    public CudaStatus MemGetInfo(out nuint free, out nuint total)
    {
        nuint left = 0;
        total = (nuint)Options.MemoryBytes;
        var status = Call(nameof(MemGetInfo), () =>
        {
            left = (nuint)((ulong)Options.MemoryBytes - _device.BytesInUse);
            return CudaStatus.Success;
        });
        free = left;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus MemAlloc(out ulong address, nuint bytes)
    {
        ulong start = 0;
        var status = Call(nameof(MemAlloc), () => Allocate(nameof(MemAlloc), bytes, RegionState.Live, out start), safeInCapture: false);
        address = start;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus MemFree(ulong address) => Call(nameof(MemFree), () =>
    {
        if (FreeableAt(nameof(MemFree), address, out var region) is not CudaStatus.Success and var wrong)
            return wrong;
        (region.State, region.FreedBy) = (RegionState.Freed, nameof(MemFree));
        region.Release();
        return CudaStatus.Success;
    }, safeInCapture: false);

    /// <inheritdoc/>
    public CudaStatus MemAllocAsync(out ulong address, nuint bytes, nint stream)
    {
        ulong start = 0;
        var status = Call(nameof(MemAllocAsync), () =>
        {
            if (Allocate(nameof(MemAllocAsync), bytes, RegionState.Coming, out var made) is not CudaStatus.Success and var wrong)
                return wrong;
            start = made;
            return Enqueue(stream, new Work(nameof(MemAllocAsync), [], run => run.Allocate(made), 1000));
        }, safeInCapture: false);
        address = start;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus MemFreeAsync(ulong address, nint stream) => Call(nameof(MemFreeAsync), () =>
    {
        if (FreeableAt(nameof(MemFreeAsync), address, out var region) is not CudaStatus.Success and var wrong)
            return wrong;
        region.FreedBy = nameof(MemFreeAsync);
        return Enqueue(stream, new Work(nameof(MemFreeAsync), [Access.Written(address, region.Bytes)], run => run.Free(address), 1000));
    }, safeInCapture: false);

    /// <inheritdoc/>
    public CudaStatus MemHostAlloc(out nint address, nuint bytes, uint flags)
    {
        nint start = 0;
        var status = Call(nameof(MemHostAlloc), () =>
        {
            if (bytes == 0)
                return Fault(CudaStatus.InvalidValue, "MemHostAlloc of 0 bytes");
            var host = MemoryRegion.Allocate(bytes);
            _host.Add(new MemoryRegion((ulong)host, bytes, host, $"host allocation {++_allocations}"));
            start = (nint)host;
            return CudaStatus.Success;
        }, safeInCapture: false);
        address = start;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus MemFreeHost(nint address) => Call(nameof(MemFreeHost), () =>
    {
        if (_host.Find((ulong)address) is not { State: RegionState.Live } region || region.Start != (ulong)address)
            return Fault(CudaStatus.InvalidValue, $"MemFreeHost of 0x{address:x}: {_host.Describe((ulong)address)}");
        (region.State, region.FreedBy) = (RegionState.Freed, nameof(MemFreeHost));
        new Span<byte>(region.Host, (int)Math.Min(region.Bytes, int.MaxValue)).Fill(MemoryRegion.Poison);
        _freedHost.Enqueue(region);
        while (_freedHost.Count > 1 && _freedHost.Aggregate(0UL, (sum, freed) => sum + freed.Bytes) > KeptFreedHostBytes)
            _freedHost.Dequeue().Release();
        return CudaStatus.Success;
    }, safeInCapture: false);

    private CudaStatus Allocate(string call, nuint bytes, RegionState state, out ulong address)
    {
        address = 0;
        if (bytes == 0)
            return Fault(CudaStatus.InvalidValue, $"{call} of 0 bytes");
        if (_device.BytesInUse + bytes > (ulong)Options.MemoryBytes)
            RunAll();
        if (_device.BytesInUse + bytes > (ulong)Options.MemoryBytes)
            return CudaStatus.OutOfMemory;
        address = NewDeviceRegion(bytes, $"device allocation {++_allocations}", state).Start;
        return CudaStatus.Success;
    }

    private MemoryRegion NewDeviceRegion(nuint bytes, string label, RegionState state)
    {
        var region = new MemoryRegion(_nextAddress, bytes, MemoryRegion.Allocate(bytes), label) { State = state };
        _nextAddress = (_nextAddress + bytes + Gap + AddressAlignment - 1) / AddressAlignment * AddressAlignment;
        _device.Add(region);
        return region;
    }

    private CudaStatus FreeableAt(string call, ulong address, out MemoryRegion region)
    {
        region = _device.Find(address)!;
        if (region is null or { State: RegionState.Freed } or { OfModule: true } || region.Start != address)
            return Fault(CudaStatus.InvalidValue, $"{call} of 0x{address:x}: {_device.Describe(address)}");
        return region.FreedBy.Length == 0 ? CudaStatus.Success
            : Fault(CudaStatus.InvalidValue, $"{call} of {region.Label}, which {region.FreedBy} already frees");
    }
}
