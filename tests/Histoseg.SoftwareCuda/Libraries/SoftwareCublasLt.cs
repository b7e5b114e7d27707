using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>Stands in for cuBLASLt on the software device: column-major products summed in float32, run when their stream runs.</summary>
public sealed unsafe partial class SoftwareCublasLt : ICublasLt
{
    private const string Handle = "cuBLASLt handle", Operation = "matmul descriptor", Layout = "matrix layout", Preference = "matmul preference";

    private readonly SoftwareCudaDriver _driver;
    private readonly FaultInjection<CublasStatus> _injected = new();

    /// <summary>cuBLASLt on the given device.</summary>
    public SoftwareCublasLt(SoftwareCudaDriver driver) => _driver = driver;

    /// <summary>Makes a later call fail although nothing is wrong with it.</summary>
    /// <param name="call">The method of <see cref="ICublasLt"/>.</param>
    /// <param name="status">What it returns.</param>
    /// <param name="after">How many of its calls succeed before.</param>
    public void FailNext(string call, CublasStatus status, int after = 0)
    {
        if (typeof(ICublasLt).GetMethod(call) is null)
            throw new ArgumentException($"ICublasLt has no method {call}", nameof(call));
        _injected.Plan(call, status, after);
    }

    /// <inheritdoc/>
    public nuint GetVersion() => 120400;

    /// <inheritdoc/>
    public CublasStatus Create(out nint handle) => Create(nameof(Create), new CublasLtHandle(), Handle, out handle);

    /// <inheritdoc/>
    public CublasStatus Destroy(nint handle) => Destroy<CublasLtHandle>(nameof(Destroy), handle, Handle);

    /// <inheritdoc/>
    public CublasStatus MatmulDescCreate(out nint descriptor, CublasComputeType compute, CudaDataType scale)
    {
        descriptor = 0;
        return !Enum.IsDefined(compute) || scale != CudaDataType.Float32
            ? Call(nameof(MatmulDescCreate), () => Bad($"MatmulDescCreate: computing in {compute} with scalars of {scale}"))
            : Create(nameof(MatmulDescCreate), new MatmulDescriptor(compute), Operation, out descriptor);
    }

    /// <inheritdoc/>
    public CublasStatus MatmulDescSetAttribute(
        nint descriptor, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes) => Call(nameof(MatmulDescSetAttribute), () =>
    {
        const string call = nameof(MatmulDescSetAttribute);
        if (!_driver.Handles.TryGet<MatmulDescriptor>(descriptor, out var state))
            return Bad($"{call}: {_driver.Handles.Describe(descriptor, Operation)}");
        if (!Enum.IsDefined(attribute))
            return Bad($"{call}: there is no attribute {(int)attribute}");
        nuint size = attribute == CublasLtMatmulDescAttribute.BiasPointer ? 8u : 4u;
        if (value is null || bytes != size)
            return Bad($"{call}: {attribute} takes {size} bytes and was given {(value is null ? 0 : bytes)}");
        var number = size == 8 ? 0 : *(int*)value;
        switch (attribute)
        {
            case CublasLtMatmulDescAttribute.TransA when number is 0 or 1:
                state.TransA = number == 1;
                return CublasStatus.Success;
            case CublasLtMatmulDescAttribute.TransB when number is 0 or 1:
                state.TransB = number == 1;
                return CublasStatus.Success;
            case CublasLtMatmulDescAttribute.Epilogue when Enum.IsDefined((CublasLtEpilogue)number):
                state.Epilogue = (CublasLtEpilogue)number;
                return CublasStatus.Success;
            case CublasLtMatmulDescAttribute.BiasDataType when Enum.IsDefined((CudaDataType)number):
                state.BiasType = (CudaDataType)number;
                return CublasStatus.Success;
            case CublasLtMatmulDescAttribute.BiasPointer:
                state.Bias = *(ulong*)value;
                return CublasStatus.Success;
            default:
                return Bad($"{call}: {attribute} cannot be {number}");
        }
    });

    /// <inheritdoc/>
    public CublasStatus MatmulDescDestroy(nint descriptor) => Destroy<MatmulDescriptor>(nameof(MatmulDescDestroy), descriptor, Operation);

    /// <inheritdoc/>
    public CublasStatus MatrixLayoutCreate(out nint layout, CudaDataType type, ulong rows, ulong columns, long leading)
    {
        layout = 0;
        return !Enum.IsDefined(type) || rows == 0 || columns == 0 || leading < (long)rows || (ulong)leading * columns > int.MaxValue
            ? Call(nameof(MatrixLayoutCreate), () => Bad($"MatrixLayoutCreate: {type} {rows} × {columns} with leading dimension {leading}"))
            : Create(nameof(MatrixLayoutCreate), new MatrixLayout(type, (long)rows, (long)columns, leading), Layout, out layout);
    }

    /// <inheritdoc/>
    public CublasStatus MatrixLayoutDestroy(nint layout) => Destroy<MatrixLayout>(nameof(MatrixLayoutDestroy), layout, Layout);

    /// <inheritdoc/>
    public CublasStatus MatmulPreferenceCreate(out nint preference) =>
        Create(nameof(MatmulPreferenceCreate), new MatmulPreference(), Preference, out preference);

    /// <inheritdoc/>
    public CublasStatus MatmulPreferenceSetAttribute(nint preference, CublasLtPreferenceAttribute attribute, void* value, nuint bytes) =>
        Call(nameof(MatmulPreferenceSetAttribute), () =>
        {
            if (!_driver.Handles.TryGet<MatmulPreference>(preference, out var state))
                return Bad($"MatmulPreferenceSetAttribute: {_driver.Handles.Describe(preference, Preference)}");
            if (attribute != CublasLtPreferenceAttribute.MaxWorkspaceBytes || value is null || bytes != 8)
                return Bad($"MatmulPreferenceSetAttribute: attribute {(int)attribute} of {bytes} bytes");
            state.MaxWorkspaceBytes = *(ulong*)value;
            return CublasStatus.Success;
        });

    /// <inheritdoc/>
    public CublasStatus MatmulPreferenceDestroy(nint preference) => Destroy<MatmulPreference>(nameof(MatmulPreferenceDestroy), preference, Preference);

    private CublasStatus Call(string name, Func<CublasStatus> body)
    {
        if (_injected.Strikes(name, out var injected))
            return injected;
        var result = CublasStatus.Success;
        return _driver.LibraryCall(name, () => result = body()) == CudaStatus.Success ? result : CublasStatus.ExecutionFailed;
    }

    private CublasStatus Create(string call, object thing, string kind, out nint handle)
    {
        nint made = 0;
        var status = Call(call, () =>
        {
            made = _driver.Handles.Add(thing, kind);
            return CublasStatus.Success;
        });
        handle = made;
        return status;
    }

    private CublasStatus Destroy<T>(string call, nint handle, string kind) where T : class => Call(call, () =>
        _driver.Handles.Remove<T>(handle) ? CublasStatus.Success : Bad($"{call}: {_driver.Handles.Describe(handle, kind)}"));

    private CublasStatus Bad(string text)
    {
        _driver.Fault(CudaStatus.InvalidValue, text);
        return CublasStatus.InvalidValue;
    }
}
