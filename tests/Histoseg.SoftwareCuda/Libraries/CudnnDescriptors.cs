using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>What cuDNN's handle holds.</summary>
internal sealed class CudnnHandle
{
    public nint Stream { get; set; }
}

/// <summary>A tensor (N, C, H, W) of some layout; extents are 0 until set.</summary>
internal sealed class TensorDescriptor
{
    public CudnnTensorFormat Format { get; private set; }

    public CudnnDataType Type { get; private set; }

    public int N { get; private set; }

    public int C { get; private set; }

    public int H { get; private set; }

    public int W { get; private set; }

    public bool IsSet => N > 0;

    public void Set(CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w) => (Format, Type, N, C, H, W) = (format, type, n, c, h, w);

    public override string ToString() => $"{Type} ({N}, {H}, {W}, {C})";
}

/// <summary>A filter of K outputs; its tensor's N.</summary>
internal sealed class FilterDescriptor
{
    public TensorDescriptor Tensor { get; } = new();
}

/// <summary>How a convolution steps over its input.</summary>
internal sealed class ConvolutionDescriptor
{
    public bool IsSet { get; set; }

    public (int H, int W) Pad { get; set; }

    public (int H, int W) Stride { get; set; }

    public (int H, int W) Dilation { get; set; }

    public CudnnConvolutionMode Mode { get; set; }

    public CudnnDataType ComputeType { get; set; }

    public CudnnMathType MathType { get; set; }
}

/// <summary>An activation.</summary>
internal sealed class ActivationDescriptor
{
    public bool IsSet { get; set; }

    public CudnnActivationMode Mode { get; set; }

    public CudnnNanPropagation Nan { get; set; }

    public float Apply(float value) =>
        Mode == CudnnActivationMode.Identity || value > 0 || (float.IsNaN(value) && Nan == CudnnNanPropagation.Propagate) ? value : 0;
}
