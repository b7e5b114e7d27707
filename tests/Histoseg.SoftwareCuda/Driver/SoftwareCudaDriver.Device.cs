using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

public sealed partial class SoftwareCudaDriver
{
    private readonly ThreadLocal<nint> _current = new();
    private nint _context;
    private int _retained;

    private sealed class ContextState;

    /// <inheritdoc/>
    public CudaStatus Init(uint flags) => Call(nameof(Init), () =>
    {
        _initialised = true;
        return flags == 0 ? CudaStatus.Success : Fault(CudaStatus.InvalidValue, "Init: the flags must be 0");
    }, needsContext: false);

    /// <inheritdoc/>
    public CudaStatus DriverGetVersion(out int version)
    {
        version = Options.DriverVersion;
        return _injected.Strikes(nameof(DriverGetVersion), out var status) ? status : CudaStatus.Success;
    }

    /// <inheritdoc/>
    public CudaStatus DeviceGetCount(out int count)
    {
        count = 1;
        return Call(nameof(DeviceGetCount), () => CudaStatus.Success, needsContext: false);
    }

    /// <inheritdoc/>
    public CudaStatus DeviceGet(out int device, int ordinal)
    {
        device = 0;
        return Call(nameof(DeviceGet), () => ordinal == 0 ? CudaStatus.Success : CudaStatus.InvalidDevice, needsContext: false);
    }

    /// <inheritdoc/>
    public CudaStatus DeviceGetName(out string name, int device)
    {
        name = "Software CUDA device";
        return Call(nameof(DeviceGetName), () => OfDevice(nameof(DeviceGetName), device), needsContext: false);
    }

    /// <inheritdoc/>
    public CudaStatus DeviceGetAttribute(out int value, CudaDeviceAttribute attribute, int device)
    {
        int? found = attribute switch
        {
            CudaDeviceAttribute.MaxSharedMemoryPerBlock => SharedByDefault,
            CudaDeviceAttribute.MultiprocessorCount => 4,
            CudaDeviceAttribute.L2CacheSize => 4 << 20,
            CudaDeviceAttribute.ComputeCapabilityMajor => Options.ComputeCapability / 10,
            CudaDeviceAttribute.ComputeCapabilityMinor => Options.ComputeCapability % 10,
            CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin => SharedAtMost,
            CudaDeviceAttribute.MemoryPoolsSupported => 1,
            _ => null,
        };
        value = found ?? 0;
        return Call(nameof(DeviceGetAttribute), () => found is null
            ? Fault(CudaStatus.InvalidValue, $"DeviceGetAttribute: there is no attribute {(int)attribute}")
            : OfDevice(nameof(DeviceGetAttribute), device), needsContext: false);
    }

    /// <inheritdoc/>
    public CudaStatus DevicePrimaryCtxRetain(out nint context, int device)
    {
        nint retained = 0;
        var status = Call(nameof(DevicePrimaryCtxRetain), () =>
        {
            if (OfDevice(nameof(DevicePrimaryCtxRetain), device) is not CudaStatus.Success and var wrong)
                return wrong;
            if (_retained++ == 0)
                _context = Handles.Add(new ContextState(), "context");
            retained = _context;
            return CudaStatus.Success;
        }, needsContext: false);
        context = retained;
        return status;
    }

    /// <inheritdoc/>
    public CudaStatus DevicePrimaryCtxRelease(int device) => Call(nameof(DevicePrimaryCtxRelease), () =>
    {
        if (OfDevice(nameof(DevicePrimaryCtxRelease), device) is not CudaStatus.Success and var wrong)
            return wrong;
        if (_retained == 0)
            return Fault(CudaStatus.InvalidContext, "DevicePrimaryCtxRelease: the primary context is not retained");
        if (--_retained == 0)
            Handles.Remove<ContextState>(_context);
        return CudaStatus.Success;
    }, needsContext: false);

    /// <inheritdoc/>
    public CudaStatus CtxSetCurrent(nint context) => Call(nameof(CtxSetCurrent), () =>
    {
        if (context != 0 && !Handles.TryGet<ContextState>(context, out _))
            return Fault(CudaStatus.InvalidContext, $"CtxSetCurrent: {Handles.Describe(context, "context")}");
        _current.Value = context;
        return CudaStatus.Success;
    }, needsContext: false);

    /// <inheritdoc/>
    public CudaStatus CtxSynchronize() => Call(nameof(CtxSynchronize), () =>
        AnyCapture() is { } capture
            ? Spoil(capture, CudaStatus.StreamCaptureUnsupported, $"CtxSynchronize while {capture.Origin.Name} is being captured")
            : RunAll());

    private CudaStatus OfDevice(string call, int device) =>
        device == 0 ? CudaStatus.Success : Fault(CudaStatus.InvalidDevice, $"{call}: there is no device {device}");
}
