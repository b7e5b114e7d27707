using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda;

/// <summary>A CUDA driver with one simulated GPU that does what is asked of it as late as it may, and checks all of it.</summary>
/// <remarks>
/// Work waits in its stream until a synchronisation forces it, and then only what that synchronisation waits for runs, in an order drawn from the
/// seed. Forgotten synchronisation therefore shows as stale data, every time. Fresh memory holds 0xFF, which is NaN.
/// </remarks>
public sealed unsafe partial class SoftwareCudaDriver : ICudaDriver, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<string> _faults = [];
    private readonly FaultInjection<CudaStatus> _injected = new();
    private readonly Random _order;
    private CudaStatus _sticky;
    private bool _initialised;

    /// <summary>A driver with one GPU.</summary>
    public SoftwareCudaDriver(SoftwareCudaOptions? options = null)
    {
        Options = options ?? new SoftwareCudaOptions();
        _order = new Random(Options.Seed);
        _hazards = new HazardLog(text => Fault(CudaStatus.Success, text));
        _legacy = NewStream("the default stream", blocking: true);
    }

    /// <summary>What the GPU is like.</summary>
    public SoftwareCudaOptions Options { get; }

    /// <summary>Every violation found so far.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_gate)
                return [.. _faults];
        }
    }

    /// <summary>
    /// Is told of every kernel launch, captured ones included: kernel, grid, block, dynamic shared memory, and the
    /// parameters' bytes as the kernel will get them.
    /// </summary>
    public event Action<PtxKernel, Dim3, Dim3, uint, ReadOnlyMemory<byte>>? Launching;

    internal HandleTable Handles { get; } = new();

    /// <summary>Makes a later call fail although nothing is wrong with it.</summary>
    /// <param name="call">The method of <see cref="ICudaDriver"/>.</param>
    /// <param name="status">What it returns; a sticky status breaks the context for good.</param>
    /// <param name="after">How many of its calls succeed before.</param>
    public void FailNext(string call, CudaStatus status, int after = 0)
    {
        if (typeof(ICudaDriver).GetMethod(call) is null)
            throw new ArgumentException($"ICudaDriver has no method {call}", nameof(call));
        _injected.Plan(call, status, after);
    }

    /// <summary>What is still held: memory, streams, events, modules, graphs, contexts, and the libraries' handles and descriptors.</summary>
    public IReadOnlyList<string> Leaks()
    {
        lock (_gate)
        {
            if (_sticky == CudaStatus.Success)
                RunAll();
            List<string> leaks = [.. _device.NotFreed.Concat(_host.NotFreed)
                .Where(region => region is { FreedBy.Length: 0, OfModule: false })
                .Select(region => $"{region.Label} of {region.Bytes} bytes")];
            leaks.AddRange(Handles.Leaks(thing => thing is not FunctionState and not ContextState));
            if (_retained > 0)
                leaks.Add($"the primary context, retained {_retained} times");
            return leaks;
        }
    }

    /// <summary>Throws if anything is still held.</summary>
    public void AssertNothingLeaked()
    {
        if (Leaks() is { Count: > 0 } leaks)
            throw new SoftwareCudaFault(CudaStatus.Success, $"not given back: {string.Join("; ", leaks)}");
    }

    /// <summary>Gives the memory back to this process; nothing may be called afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var region in _device.NotFreed.Concat(_host.NotFreed).Concat(_freedHost).ToList())
            {
                region.State = RegionState.Freed;
                region.Release();
            }
            _freedHost.Clear();
        }
        _current.Dispose();
    }

    /// <summary>Runs the body of a call unless something refuses it beforehand.</summary>
    private CudaStatus Call(string name, Func<CudaStatus> body, bool needsContext = true, bool safeInCapture = true)
    {
        lock (_gate)
        {
            if (_injected.Strikes(name, out var injected))
            {
                _sticky = injected.IsSticky() ? injected : _sticky;
                return injected;
            }
            if (!_initialised && name != nameof(Init))
                return Fault(CudaStatus.NotInitialized, $"{name} before Init");
            if (needsContext && (_current.Value == 0 || _retained == 0))
                return Fault(CudaStatus.InvalidContext, $"{name} on a thread without a context: CtxSetCurrent binds one");
            if (_sticky != CudaStatus.Success && !GivesBack(name))
                return _sticky;
            if (!safeInCapture && ForbiddingCapture() is { } capture)
                return Spoil(capture, CudaStatus.StreamCaptureUnsupported, $"{name} while {capture.Origin.Name} is being captured");
            var status = body();
            return _sticky != CudaStatus.Success ? _sticky : status;
        }
    }

    /// <summary>Calls that are carried out on a broken context too, although they return its error, so that what is given back is no leak.</summary>
    private static bool GivesBack(string call) =>
        call.Contains("Destroy") || call.Contains("Free") || call is nameof(ModuleUnload) or nameof(DevicePrimaryCtxRelease);

    /// <summary>A call of a library on this device: refused as the driver's own are, and alone.</summary>
    internal CudaStatus LibraryCall(string name, Action body) => Call(name, () =>
    {
        body();
        return CudaStatus.Success;
    });

    /// <summary>Records a violation, and throws it where that is asked for.</summary>
    internal CudaStatus Fault(CudaStatus status, string text)
    {
        _faults.Add(text);
        if (Options.ThrowOnFault)
            throw new SoftwareCudaFault(status, text);
        if (status.IsSticky())
            _sticky = status;
        return status;
    }

    private CudaStatus BadHandle(string call, nint handle, string kind) => Fault(CudaStatus.InvalidHandle, $"{call}: {Handles.Describe(handle, kind)}");
}
