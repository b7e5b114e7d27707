using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>A tensor of a call: extents and type as they were at the call, and where it lies.</summary>
internal sealed record DeviceTensor(int N, int H, int W, int C, CudnnDataType Type, ulong Address)
{
    public DeviceTensor(TensorDescriptor descriptor) : this(descriptor.N, descriptor.H, descriptor.W, descriptor.C, descriptor.Type, 0)
    {
    }

    public int Length => N * H * W * C;

    public bool BFloat16 => Type == CudnnDataType.BFloat16;

    public ulong Bytes => (ulong)Length * (BFloat16 ? 2u : 4u);

    public DeviceTensor At(ulong address) => this with { Address = address };

    public Access Access(bool write) => new(true, Address, Bytes, write);

    public override string ToString() => $"{Type} ({N}, {H}, {W}, {C})";
}

/// <summary>The descriptors of one call, fixed at the call.</summary>
internal sealed class ConvolutionProblem
{
    private readonly bool _layoutSupported, _computeSupported;

    public ConvolutionProblem(TensorDescriptor x, TensorDescriptor w, ConvolutionDescriptor steps, TensorDescriptor y)
    {
        (X, W, Y) = (new DeviceTensor(x), new DeviceTensor(w), new DeviceTensor(y));
        Shape = new ConvolutionShape(x.N, x.H, x.W, x.C, w.N, w.H, w.W, y.H, y.W,
            steps.Pad.H, steps.Pad.W, steps.Stride.H, steps.Stride.W, steps.Dilation.H, steps.Dilation.W);
        _layoutSupported = (x.Format, w.Format, y.Format) == (CudnnTensorFormat.Nhwc, CudnnTensorFormat.Nhwc, CudnnTensorFormat.Nhwc);
        _computeSupported = steps is { Mode: CudnnConvolutionMode.CrossCorrelation, ComputeType: CudnnDataType.Float }
            && (x.Type == CudnnDataType.Float || steps.MathType is CudnnMathType.TensorOp or CudnnMathType.TensorOpAllowConversion);
        // A GPU of capability 8.0 takes tf32 wherever it is not told to keep to fused multiply-adds.
        Tf32 = steps.MathType != CudnnMathType.Fma;
    }

    public DeviceTensor X { get; }

    public DeviceTensor W { get; }

    public DeviceTensor Y { get; }

    public ConvolutionShape Shape { get; }

    public bool Tf32 { get; }

    public bool BFloat16 => X.BFloat16;

    /// <summary>Channels last, cross-correlation, float32 sums, and bfloat16 only where tensor cores were asked for.</summary>
    public bool IsSupported => _layoutSupported && _computeSupported;

    /// <summary>What does not fit together, or null.</summary>
    public static string? Mismatch(TensorDescriptor x, TensorDescriptor w, ConvolutionDescriptor steps, TensorDescriptor y)
    {
        if (x.Type != w.Type || x.Type != y.Type)
            return $"x is {x}, w is {w}, y is {y}: the types differ";
        var p = Extent(x.H, w.H, steps.Pad.H, steps.Stride.H, steps.Dilation.H);
        var q = Extent(x.W, w.W, steps.Pad.W, steps.Stride.W, steps.Dilation.W);
        return x.C != w.C ? $"x has {x.C} channels and the filter takes {w.C}"
            : (y.N, y.H, y.W, y.C) != (x.N, p, q, w.N) ? $"y is {y}; with x {x} and w {w} it is ({x.N}, {p}, {q}, {w.N})"
            : null;
    }

    private static int Extent(int size, int kernel, int pad, int stride, int dilation)
    {
        var room = size + 2 * pad - dilation * (kernel - 1) - 1;
        return room < 0 ? 0 : room / stride + 1;
    }
}
