using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests;

/// <summary>A convolution with its descriptors on a software device, and what it should give, summed in float64.</summary>
internal sealed unsafe class ConvolutionCase
{
    public const int N = 2, H = 7, W = 6, C = 5, K = 4;

    private readonly int _r, _stride, _dilation, _pad;

    public ConvolutionCase(TestDevice device, CudnnDataType type = CudnnDataType.Float, CudnnMathType math = CudnnMathType.Fma,
        int r = 3, int stride = 1, int dilation = 1, int pad = 1)
    {
        (Device, Cudnn, Type) = (device, new SoftwareCudnn(device.Driver), type);
        (_r, _stride, _dilation, _pad) = (r, stride, dilation, pad);
        (P, Q) = ((H + 2 * pad - dilation * (r - 1) - 1) / stride + 1, (W + 2 * pad - dilation * (r - 1) - 1) / stride + 1);
        Ok(Cudnn.Create(out var handle));
        Stream = device.Stream();
        Ok(Cudnn.SetStream(handle, Stream));
        Ok(Cudnn.CreateFilterDescriptor(out var filter));
        Ok(Cudnn.SetFilter4dDescriptor(filter, type, CudnnTensorFormat.Nhwc, K, C, r, r));
        Ok(Cudnn.CreateConvolutionDescriptor(out var convolution));
        Ok(Cudnn.SetConvolution2dDescriptor(convolution, pad, pad, stride, stride, dilation, dilation,
            CudnnConvolutionMode.CrossCorrelation, CudnnDataType.Float));
        Ok(Cudnn.SetConvolutionMathType(convolution, math));
        (Handle, Filter, Convolution) = (handle, filter, convolution);
        (XTensor, YTensor, BiasTensor) = (Tensor(N, C, H, W), Tensor(N, K, P, Q), Tensor(1, K, 1, 1));
        var random = new Random(7);
        (X, WValues, Y, Bias) = (Values(random, N * H * W * C), Values(random, K * r * r * C), Values(random, N * P * Q * K), Values(random, K));
        (XAt, WAt, YAt, BiasAt) = (Upload(X), Upload(WValues), Upload(Y), Upload(Bias));
        Workspace = device.Device(1 << 16);
    }

    public TestDevice Device { get; }

    public SoftwareCudnn Cudnn { get; }

    public CudnnDataType Type { get; }

    public int P { get; }

    public int Q { get; }

    public nint Handle { get; set; }

    public nint Stream { get; }

    public nint Filter { get; }

    public nint Convolution { get; }

    public nint XTensor { get; set; }

    public nint YTensor { get; set; }

    public nint BiasTensor { get; }

    public float[] X { get; }

    public float[] WValues { get; }

    public float[] Y { get; }

    public float[] Bias { get; }

    public ulong XAt { get; set; }

    public ulong WAt { get; set; }

    public ulong YAt { get; set; }

    public ulong BiasAt { get; }

    public ulong Workspace { get; set; }

    public nuint WorkspaceBytes { get; set; } = 1 << 16;

    public static void Ok(CudnnStatus status) => Assert.Equal(CudnnStatus.Success, status);

    public nint Tensor(int n, int c, int h, int w, CudnnTensorFormat format = CudnnTensorFormat.Nhwc)
    {
        Ok(Cudnn.CreateTensorDescriptor(out var descriptor));
        Ok(Cudnn.SetTensor4dDescriptor(descriptor, format, Type, n, c, h, w));
        return descriptor;
    }

    public CudnnStatus Forward(int algorithm = 1, float alpha = 1, float beta = 0) =>
        Cudnn.ConvolutionForward(Handle, &alpha, XTensor, XAt, Filter, WAt, Convolution, algorithm, Workspace, WorkspaceBytes, &beta, YTensor, YAt);

    public CudnnStatus BackwardData(int algorithm = 1, float alpha = 1, float beta = 0) =>
        Cudnn.ConvolutionBackwardData(Handle, &alpha, Filter, WAt, YTensor, YAt, Convolution, algorithm, Workspace, WorkspaceBytes, &beta, XTensor, XAt);

    public CudnnStatus BackwardFilter(int algorithm = 1, float alpha = 1, float beta = 0) =>
        Cudnn.ConvolutionBackwardFilter(Handle, &alpha, XTensor, XAt, YTensor, YAt, Convolution, algorithm, Workspace, WorkspaceBytes, &beta, Filter, WAt);

    public CudnnStatus Fused(CudnnActivationMode mode, ulong z, float alpha2, int algorithm = 1)
    {
        Ok(Cudnn.CreateActivationDescriptor(out var activation));
        Ok(Cudnn.SetActivationDescriptor(activation, mode, CudnnNanPropagation.Propagate, 0));
        float alpha1 = 1;
        return Cudnn.ConvolutionBiasActivationForward(Handle, &alpha1, XTensor, XAt, Filter, WAt, Convolution, algorithm,
            Workspace, WorkspaceBytes, &alpha2, YTensor, z,
            BiasTensor, BiasAt, activation, YTensor, YAt);
    }

    public ulong Upload(float[] values) =>
        Type == CudnnDataType.Float ? Device.Upload(values) : Device.Upload([.. values.Select(DeviceNumbers.ToBFloat16)]);

    public float[] Download(ulong from, int count) => Type == CudnnDataType.Float ? Device.Download<float>(from, count)
        : [.. Device.Download<ushort>(from, count).Select(bits => BitConverter.Int32BitsToSingle(bits << 16))];

    /// <summary>Σ of products, one per (x, w, y) that belong together, into whichever of the three <paramref name="into"/> names.</summary>
    public double[] Expected(char into)
    {
        var sums = new double[into == 'x' ? X.Length : into == 'w' ? WValues.Length : Y.Length];
        for (var n = 0; n < N; n++)
            for (var p = 0; p < P; p++)
                for (var q = 0; q < Q; q++)
                    for (var r = 0; r < _r; r++)
                        for (var s = 0; s < _r; s++)
                        {
                            int h = p * _stride + r * _dilation - _pad, w = q * _stride + s * _dilation - _pad;
                            if (h < 0 || h >= H || w < 0 || w >= W)
                                continue;
                            for (var c = 0; c < C; c++)
                                for (var k = 0; k < K; k++)
                                {
                                    int x = ((n * H + h) * W + w) * C + c, f = ((k * _r + r) * _r + s) * C + c, y = ((n * P + p) * Q + q) * K + k;
                                    if (into == 'x')
                                        sums[x] += (double)Y[y] * WValues[f];
                                    else if (into == 'w')
                                        sums[f] += (double)Y[y] * X[x];
                                    else
                                        sums[y] += (double)X[x] * WValues[f];
                                }
                        }
        return sums;
    }

    public static void Close(IReadOnlyList<double> expected, float[] actual, double relative)
    {
        var scale = expected.Max(Math.Abs);
        Assert.Equal(expected.Count, actual.Length);
        for (var i = 0; i < actual.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= relative * scale, $"[{i}]: {actual[i]}, expected {expected[i]}");
    }

    /// <summary>Values that bfloat16 holds exactly.</summary>
    private static float[] Values(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => BitConverter.Int32BitsToSingle(DeviceNumbers.ToBFloat16(random.NextSingle() * 2 - 1) << 16))];
}
