using Histoseg.Cuda;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>cuDNN's descriptors of one convolution, in its own words: x and y of the forward direction, whichever of them is computed.</summary>
internal sealed class CudnnDescriptors : IDisposable
{
    private readonly ICudnn _cudnn;
    private readonly List<Func<CudnnStatus>> _destroy = [];

    public CudnnDescriptors(ICudnn cudnn, ConvolutionProblem problem)
    {
        _cudnn = cudnn;
        var transposed = problem.Kind == ConvolutionKind.Transposed;
        var type = problem.Precision == Precision.Bf16 ? CudnnDataType.BFloat16 : CudnnDataType.Float;
        try
        {
            X = Tensor(transposed ? problem.Target : problem.Source, type);
            Y = Tensor(transposed ? problem.Source : problem.Target, type);
            Bias = Tensor(Shape.Vector(problem.Target.C), type);
            Weight = Filter(problem.Weight, type);
            Convolution = Steps(problem);
            Activation = Function(problem.Relu ? CudnnActivationMode.Relu : CudnnActivationMode.Identity);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public nint X { get; }

    public nint Y { get; }

    /// <summary>One number per channel of y, in y's type: cuDNN takes no wider bias.</summary>
    public nint Bias { get; }

    public nint Weight { get; }

    public nint Convolution { get; }

    public nint Activation { get; }

    private nint Tensor(Shape shape, CudnnDataType type)
    {
        _cudnn.CreateTensorDescriptor(out var tensor).Check("cudnnCreateTensorDescriptor");
        _destroy.Add(() => _cudnn.DestroyTensorDescriptor(tensor));
        _cudnn.SetTensor4dDescriptor(tensor, CudnnTensorFormat.Nhwc, type, shape.N, shape.C, shape.H, shape.W).Check("cudnnSetTensor4dDescriptor");
        return tensor;
    }

    private nint Filter(Shape shape, CudnnDataType type)
    {
        _cudnn.CreateFilterDescriptor(out var filter).Check("cudnnCreateFilterDescriptor");
        _destroy.Add(() => _cudnn.DestroyFilterDescriptor(filter));
        _cudnn.SetFilter4dDescriptor(filter, type, CudnnTensorFormat.Nhwc, shape.N, shape.C, shape.H, shape.W).Check("cudnnSetFilter4dDescriptor");
        return filter;
    }

    private nint Steps(ConvolutionProblem problem)
    {
        var w = problem.Window;
        _cudnn.CreateConvolutionDescriptor(out var convolution).Check("cudnnCreateConvolutionDescriptor");
        _destroy.Add(() => _cudnn.DestroyConvolutionDescriptor(convolution));
        _cudnn.SetConvolution2dDescriptor(convolution, w.PadH, w.PadW, w.StrideH, w.StrideW, w.DilationH, w.DilationW, CudnnConvolutionMode.CrossCorrelation,
            CudnnDataType.Float).Check("cudnnSetConvolution2dDescriptor");
        _cudnn.SetConvolutionMathType(convolution, problem.Precision switch
        {
            Precision.Bf16 => CudnnMathType.TensorOp,
            Precision.Tf32 => CudnnMathType.TensorOpAllowConversion,
            _ => CudnnMathType.Fma,
        }).Check("cudnnSetConvolutionMathType");
        return convolution;
    }

    private nint Function(CudnnActivationMode mode)
    {
        _cudnn.CreateActivationDescriptor(out var activation).Check("cudnnCreateActivationDescriptor");
        _destroy.Add(() => _cudnn.DestroyActivationDescriptor(activation));
        // The fused convolution takes no other mode.
        _cudnn.SetActivationDescriptor(activation, mode, CudnnNanPropagation.NotPropagate, 0).Check("cudnnSetActivationDescriptor");
        return activation;
    }

    public void Dispose()
    {
        foreach (var destroy in _destroy)
            destroy();
        _destroy.Clear();
    }
}
