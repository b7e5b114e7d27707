using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

public sealed unsafe partial class SoftwareCudnn
{
    private const string Tensor = "tensor descriptor", Filter = "filter descriptor",
        Convolution = "convolution descriptor", Activation = "activation descriptor";

    /// <inheritdoc/>
    public CudnnStatus CreateTensorDescriptor(out nint descriptor) => Create(nameof(CreateTensorDescriptor), new TensorDescriptor(), Tensor, out descriptor);

    /// <inheritdoc/>
    public CudnnStatus SetTensor4dDescriptor(nint descriptor, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w) =>
        Set<TensorDescriptor>(nameof(SetTensor4dDescriptor), descriptor, Tensor,
            state => SetExtents(nameof(SetTensor4dDescriptor), state, format, type, n, c, h, w));

    /// <inheritdoc/>
    public CudnnStatus DestroyTensorDescriptor(nint descriptor) => Destroy<TensorDescriptor>(nameof(DestroyTensorDescriptor), descriptor, Tensor);

    /// <inheritdoc/>
    public CudnnStatus CreateFilterDescriptor(out nint descriptor) => Create(nameof(CreateFilterDescriptor), new FilterDescriptor(), Filter, out descriptor);

    /// <inheritdoc/>
    public CudnnStatus SetFilter4dDescriptor(nint descriptor, CudnnDataType type, CudnnTensorFormat format, int k, int c, int h, int w) =>
        Set<FilterDescriptor>(nameof(SetFilter4dDescriptor), descriptor, Filter,
            state => SetExtents(nameof(SetFilter4dDescriptor), state.Tensor, format, type, k, c, h, w));

    /// <inheritdoc/>
    public CudnnStatus DestroyFilterDescriptor(nint descriptor) => Destroy<FilterDescriptor>(nameof(DestroyFilterDescriptor), descriptor, Filter);

    /// <inheritdoc/>
    public CudnnStatus CreateConvolutionDescriptor(out nint descriptor) =>
        Create(nameof(CreateConvolutionDescriptor), new ConvolutionDescriptor(), Convolution, out descriptor);

    /// <inheritdoc/>
    public CudnnStatus SetConvolution2dDescriptor(
        nint descriptor, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW, CudnnConvolutionMode mode,
        CudnnDataType computeType) => Set<ConvolutionDescriptor>(nameof(SetConvolution2dDescriptor), descriptor, Convolution, state =>
    {
        if (padH < 0 || padW < 0 || strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1 || !Enum.IsDefined(mode) || !Enum.IsDefined(computeType))
            return Bad($"SetConvolution2dDescriptor: padding ({padH}, {padW}), stride ({strideH}, {strideW}), "
                + $"dilation ({dilationH}, {dilationW}), mode {mode}, type {computeType}");
        state.IsSet = true;
        (state.Pad, state.Stride, state.Dilation) = ((padH, padW), (strideH, strideW), (dilationH, dilationW));
        (state.Mode, state.ComputeType, state.MathType) = (mode, computeType, CudnnMathType.Default);
        return CudnnStatus.Success;
    });

    /// <inheritdoc/>
    public CudnnStatus SetConvolutionMathType(nint descriptor, CudnnMathType mathType) =>
        Set<ConvolutionDescriptor>(nameof(SetConvolutionMathType), descriptor, Convolution, state =>
        {
            if (!Enum.IsDefined(mathType))
                return Bad($"SetConvolutionMathType: there is no math type {(int)mathType}");
            state.MathType = mathType;
            return CudnnStatus.Success;
        });

    /// <inheritdoc/>
    public CudnnStatus DestroyConvolutionDescriptor(nint descriptor) =>
        Destroy<ConvolutionDescriptor>(nameof(DestroyConvolutionDescriptor), descriptor, Convolution);

    /// <inheritdoc/>
    public CudnnStatus CreateActivationDescriptor(out nint descriptor) =>
        Create(nameof(CreateActivationDescriptor), new ActivationDescriptor(), Activation, out descriptor);

    /// <inheritdoc/>
    public CudnnStatus SetActivationDescriptor(nint descriptor, CudnnActivationMode mode, CudnnNanPropagation nan, double coefficient) =>
        Set<ActivationDescriptor>(nameof(SetActivationDescriptor), descriptor, Activation, state =>
        {
            if (!Enum.IsDefined(mode) || !Enum.IsDefined(nan))
                return Bad($"SetActivationDescriptor: there is no mode {(int)mode} with NaN propagation {(int)nan}");
            (state.IsSet, state.Mode, state.Nan) = (true, mode, nan);
            return CudnnStatus.Success;
        });

    /// <inheritdoc/>
    public CudnnStatus DestroyActivationDescriptor(nint descriptor) =>
        Destroy<ActivationDescriptor>(nameof(DestroyActivationDescriptor), descriptor, Activation);

    private CudnnStatus Set<T>(string call, nint descriptor, string kind, Func<T, CudnnStatus> set) where T : class => Call(call, () =>
        _driver.Handles.TryGet<T>(descriptor, out var state) ? set(state) : Bad($"{call}: {_driver.Handles.Describe(descriptor, kind)}"));

    private CudnnStatus SetExtents(string call, TensorDescriptor tensor, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w)
    {
        if (n < 1 || c < 1 || h < 1 || w < 1 || !Enum.IsDefined(format) || !Enum.IsDefined(type))
            return Bad($"{call}: format {format}, type {type}, extents ({n}, {c}, {h}, {w})");
        if ((long)n * c * h * w > int.MaxValue)
            return CudnnStatus.NotSupported;
        tensor.Set(format, type, n, c, h, w);
        return CudnnStatus.Success;
    }
}
