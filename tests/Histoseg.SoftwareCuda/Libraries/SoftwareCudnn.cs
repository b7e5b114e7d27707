using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>Stands in for cuDNN on the software device: convolutions of NHWC tensors, summed in float32, run when their stream runs.</summary>
public sealed unsafe partial class SoftwareCudnn : ICudnn
{
    private readonly SoftwareCudaDriver _driver;
    private readonly FaultInjection<CudnnStatus> _injected = new();

    /// <summary>cuDNN on the given device.</summary>
    public SoftwareCudnn(SoftwareCudaDriver driver) => _driver = driver;

    /// <summary>Makes a later call fail although nothing is wrong with it.</summary>
    /// <param name="call">The method of <see cref="ICudnn"/>.</param>
    /// <param name="status">What it returns.</param>
    /// <param name="after">How many of its calls succeed before.</param>
    public void FailNext(string call, CudnnStatus status, int after = 0)
    {
        if (typeof(ICudnn).GetMethod(call) is null)
            throw new ArgumentException($"ICudnn has no method {call}", nameof(call));
        _injected.Plan(call, status, after);
    }

    /// <inheritdoc/>
    public nuint GetVersion() => 90100;

    /// <inheritdoc/>
    public CudnnStatus Create(out nint handle) => Create(nameof(Create), new CudnnHandle(), "cuDNN handle", out handle);

    /// <inheritdoc/>
    public CudnnStatus Destroy(nint handle) => Destroy<CudnnHandle>(nameof(Destroy), handle, "cuDNN handle");

    /// <inheritdoc/>
    public CudnnStatus SetStream(nint handle, nint stream) => Call(nameof(SetStream), () =>
    {
        if (!_driver.Handles.TryGet<CudnnHandle>(handle, out var state))
            return Bad($"SetStream: {_driver.Handles.Describe(handle, "cuDNN handle")}");
        if (stream != 0 && !_driver.Handles.TryGet<StreamState>(stream, out _))
            return Bad($"SetStream: {_driver.Handles.Describe(stream, "stream")}");
        state.Stream = stream;
        return CudnnStatus.Success;
    });

    private CudnnStatus Call(string name, Func<CudnnStatus> body)
    {
        if (_injected.Strikes(name, out var injected))
            return injected;
        var result = CudnnStatus.Success;
        return _driver.LibraryCall(name, () => result = body()) == CudaStatus.Success ? result : CudnnStatus.ExecutionFailed;
    }

    private CudnnStatus Create(string call, object thing, string kind, out nint handle)
    {
        nint made = 0;
        var status = Call(call, () =>
        {
            made = _driver.Handles.Add(thing, kind);
            return CudnnStatus.Success;
        });
        handle = made;
        return status;
    }

    private CudnnStatus Destroy<T>(string call, nint handle, string kind) where T : class => Call(call, () =>
        _driver.Handles.Remove<T>(handle) ? CudnnStatus.Success : Bad($"{call}: {_driver.Handles.Describe(handle, kind)}"));

    private CudnnStatus Bad(string text)
    {
        _driver.Fault(CudaStatus.InvalidValue, text);
        return CudnnStatus.BadParam;
    }
}
