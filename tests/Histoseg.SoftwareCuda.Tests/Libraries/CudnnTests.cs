using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests;

public sealed class CudnnTests : IDisposable
{
    private const int ForwardAlgorithms = 8, DataAlgorithms = 6, FilterAlgorithms = 7;

    private readonly TestDevice _device = new();

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(3, 1, 1, 1)]
    [InlineData(1, 1, 1, 0)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(3, 1, 2, 2)]
    [InlineData(2, 2, 1, 0)]
    [InlineData(5, 3, 1, 2)]
    public void All_algorithms_agree_with_sums_in_float64(int r, int stride, int dilation, int pad)
    {
        foreach (var type in (CudnnDataType[])[CudnnDataType.Float, CudnnDataType.BFloat16])
        {
            var of = new ConvolutionCase(_device, type, type == CudnnDataType.Float ? CudnnMathType.Fma : CudnnMathType.TensorOp, r, stride, dilation, pad);
            // float32 sums of at most 125 products; a bfloat16 result has 8 bits
            var relative = type == CudnnDataType.Float ? 1e-6 : 1.0 / 256;
            var ran = 0;
            ran += TryAll(ForwardAlgorithms, algorithm => of.Forward(algorithm),
                () => (of.YAt = of.Upload(new float[of.Y.Length]), of.Y.Length), of, 'y', relative);
            of.YAt = of.Upload(of.Y);
            ran += TryAll(DataAlgorithms, algorithm => of.BackwardData(algorithm),
                () => (of.XAt = of.Upload(new float[of.X.Length]), of.X.Length), of, 'x', relative);
            of.XAt = of.Upload(of.X);
            ran += TryAll(FilterAlgorithms, algorithm => of.BackwardFilter(algorithm),
                () => (of.WAt = of.Upload(new float[of.WValues.Length]), of.WValues.Length), of, 'w', relative);
            Assert.InRange(ran, 4, ForwardAlgorithms + DataAlgorithms + FilterAlgorithms - 1);
        }
    }

    [Fact]
    public void Alpha_and_beta_scale_the_new_and_the_old()
    {
        var of = new ConvolutionCase(_device);
        ConvolutionCase.Ok(of.Forward(alpha: 2, beta: -0.5f));
        ConvolutionCase.Close([.. of.Expected('y').Zip(of.Y, (sum, old) => 2 * sum - 0.5 * old)], of.Download(of.YAt, of.Y.Length), 1e-6);
    }

    [Fact]
    public void Beta_zero_does_not_read_the_output()
    {
        var of = new ConvolutionCase(_device);
        of.YAt = of.Upload([.. of.Y.Select(_ => float.NaN)]);
        ConvolutionCase.Ok(of.Forward());
        ConvolutionCase.Close(of.Expected('y'), of.Download(of.YAt, of.Y.Length), 1e-6);
    }

    [Theory]
    [InlineData(CudnnActivationMode.Relu, CudnnDataType.Float)]
    [InlineData(CudnnActivationMode.Identity, CudnnDataType.Float)]
    [InlineData(CudnnActivationMode.Relu, CudnnDataType.BFloat16)]
    public void The_fused_form_adds_z_and_bias_and_activates(CudnnActivationMode mode, CudnnDataType type)
    {
        var of = new ConvolutionCase(_device, type, type == CudnnDataType.Float ? CudnnMathType.Fma : CudnnMathType.TensorOp);
        ConvolutionCase.Ok(of.Fused(mode, of.Upload(of.Y), alpha2: 0.5f));
        var expected = of.Expected('y').Select((sum, i) => sum + 0.5 * of.Y[i] + of.Bias[i % of.Bias.Length])
            .Select(value => mode == CudnnActivationMode.Relu ? Math.Max(0, value) : value);
        ConvolutionCase.Close([.. expected], of.Download(of.YAt, of.Y.Length), type == CudnnDataType.Float ? 1e-6 : 1.0 / 256);
        Assert.Equal(CudnnStatus.NotSupported, of.Fused(CudnnActivationMode.Identity, of.YAt, alpha2: 0, algorithm: 0));
    }

    [Theory]
    [InlineData(CudnnMathType.Default)]
    [InlineData(CudnnMathType.TensorOp)]
    [InlineData(CudnnMathType.TensorOpAllowConversion)]
    public void Float32_goes_through_tf32_unless_fused_multiply_adds_are_asked_for(CudnnMathType math)
    {
        Assert.Equal(1 + MathF.ScaleB(1, -10), OneProduct(math));
        Assert.Equal(1 + 0.75f * MathF.ScaleB(1, -10), OneProduct(CudnnMathType.Fma));
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)]
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F800000u, 0x7F80)]
    [InlineData(0x7F7FFFFFu, 0x7F80)]
    [InlineData(0xFF800001u, 0xFFC0)]
    public void Bfloat16_is_rounded_to_nearest_even(uint bits, int expected) =>
        Assert.Equal(expected, DeviceNumbers.ToBFloat16(BitConverter.UInt32BitsToSingle(bits)));

    [Theory]
    [InlineData(CudnnMathType.Default)]
    [InlineData(CudnnMathType.Fma)]
    public void Bfloat16_without_tensor_cores_is_not_supported(CudnnMathType math) =>
        Assert.Equal(CudnnStatus.NotSupported, new ConvolutionCase(_device, CudnnDataType.BFloat16, math).Forward());

    [Fact]
    public void Channels_first_is_not_supported()
    {
        var of = new ConvolutionCase(_device);
        of.XTensor = of.Tensor(ConvolutionCase.N, ConvolutionCase.C, ConvolutionCase.H, ConvolutionCase.W, CudnnTensorFormat.Nchw);
        Assert.Equal(CudnnStatus.NotSupported, of.Forward());
    }

    [Fact]
    public void A_short_workspace_is_found()
    {
        var of = new ConvolutionCase(_device);
        ConvolutionCase.Ok(of.Cudnn.GetConvolutionForwardWorkspaceSize(of.Handle, of.XTensor, of.Filter, of.Convolution, of.YTensor, 1, out var bytes));
        Assert.True(bytes > 0);
        of.WorkspaceBytes = bytes - 1;
        Assert.Contains("bytes of workspace", _device.FaultOf(() => of.Forward()));
        of.WorkspaceBytes = bytes;
        of.Workspace = _device.Device((int)bytes - 1);
        _device.FaultOf(() => of.Forward());
    }

    [Fact]
    public void The_workspace_is_used()
    {
        var of = new ConvolutionCase(_device);
        of.Workspace = of.Upload(new float[1 << 14]);
        ConvolutionCase.Ok(of.Forward());
        Assert.True(float.IsNaN(_device.Download<float>(of.Workspace, 1)[0]));
    }

    [Fact]
    public void Extents_that_do_not_fit_are_found()
    {
        var of = new ConvolutionCase(_device);
        of.YTensor = of.Tensor(ConvolutionCase.N, ConvolutionCase.K, of.P + 1, of.Q);
        Assert.Contains("y is", _device.FaultOf(() => of.Forward()));
    }

    [Fact]
    public void Descriptors_never_set_or_destroyed_are_found()
    {
        var of = new ConvolutionCase(_device);
        ConvolutionCase.Ok(of.Cudnn.CreateTensorDescriptor(out var unset));
        of.XTensor = unset;
        Assert.Contains("never set", _device.FaultOf(() => of.Forward()));
        ConvolutionCase.Ok(of.Cudnn.DestroyTensorDescriptor(unset));
        Assert.Contains("destroyed before", _device.FaultOf(() => of.Forward()));
        ConvolutionCase.Ok(of.Cudnn.Destroy(of.Handle));
        Assert.Contains("destroyed before", _device.FaultOf(() => of.Forward()));
    }

    [Fact]
    public void Operands_that_overlap_or_are_freed_are_found()
    {
        var of = new ConvolutionCase(_device);
        var y = of.YAt;
        of.YAt = of.XAt;
        Assert.Contains("overlaps", _device.FaultOf(() => of.Forward()));
        of.YAt = y;
        TestDevice.Ok(_device.Driver.MemFree(of.WAt));
        Assert.Contains("freed", _device.FaultOf(() => of.Forward()));
    }

    [Fact]
    public void It_runs_on_its_stream_late_and_needs_an_event_for_another()
    {
        var of = new ConvolutionCase(_device);
        var (host, copies) = (_device.Host(4), _device.Stream());
        ConvolutionCase.Ok(of.Forward());
        TestDevice.Ok(_device.Driver.MemcpyDtoHAsync(host, of.YAt, 4, copies));
        Assert.Contains("ConvolutionForward", _device.FaultOf(() => _device.Driver.CtxSynchronize()));
    }

    [Fact]
    public void It_can_be_captured()
    {
        var of = new ConvolutionCase(_device);
        TestDevice.Ok(_device.Driver.StreamBeginCapture(of.Stream, CudaCaptureMode.Global));
        ConvolutionCase.Ok(of.Forward());
        TestDevice.Ok(_device.Driver.StreamEndCapture(of.Stream, out var graph));
        Assert.Equal(of.Y, of.Download(of.YAt, of.Y.Length));
        TestDevice.Ok(_device.Driver.GraphInstantiate(out var executable, graph, 0));
        TestDevice.Ok(_device.Driver.GraphLaunch(executable, of.Stream));
        ConvolutionCase.Close(of.Expected('y'), of.Download(of.YAt, of.Y.Length), 1e-6);
    }

    [Fact]
    public void A_call_fails_when_told_to_and_handles_not_given_back_are_named()
    {
        var of = new ConvolutionCase(_device);
        of.Cudnn.FailNext(nameof(ICudnn.ConvolutionForward), CudnnStatus.ExecutionFailed);
        Assert.Equal(CudnnStatus.ExecutionFailed, of.Forward());
        ConvolutionCase.Ok(of.Forward());
        var leaks = string.Join(' ', _device.Driver.Leaks());
        Assert.All(["cuDNN handle", "tensor descriptor", "filter descriptor", "convolution descriptor"], kind => Assert.Contains(kind, leaks));
    }

    private static int TryAll(int algorithms, Func<int, CudnnStatus> run, Func<(ulong At, int Count)> fresh, ConvolutionCase of, char into, double relative)
    {
        var ran = 0;
        for (var algorithm = 0; algorithm < algorithms; algorithm++)
        {
            var (at, count) = fresh();
            if (run(algorithm) is CudnnStatus.NotSupported)
                continue;
            ConvolutionCase.Close(of.Expected(into), of.Download(at, count), relative);
            ran++;
        }
        return ran;
    }

    /// <summary>1 · (1 + 0.75 · 2^-10): tf32 has 10 bits after the point.</summary>
    private unsafe float OneProduct(CudnnMathType math)
    {
        var cudnn = new SoftwareCudnn(_device.Driver);
        ConvolutionCase.Ok(cudnn.Create(out var handle));
        ConvolutionCase.Ok(cudnn.CreateTensorDescriptor(out var tensor));
        ConvolutionCase.Ok(cudnn.SetTensor4dDescriptor(tensor, CudnnTensorFormat.Nhwc, CudnnDataType.Float, 1, 1, 1, 1));
        ConvolutionCase.Ok(cudnn.CreateFilterDescriptor(out var filter));
        ConvolutionCase.Ok(cudnn.SetFilter4dDescriptor(filter, CudnnDataType.Float, CudnnTensorFormat.Nhwc, 1, 1, 1, 1));
        ConvolutionCase.Ok(cudnn.CreateConvolutionDescriptor(out var convolution));
        ConvolutionCase.Ok(cudnn.SetConvolution2dDescriptor(convolution, 0, 0, 1, 1, 1, 1, CudnnConvolutionMode.CrossCorrelation, CudnnDataType.Float));
        ConvolutionCase.Ok(cudnn.SetConvolutionMathType(convolution, math));
        float one = 1, none = 0;
        var y = _device.Device(4);
        ConvolutionCase.Ok(cudnn.ConvolutionForward(handle, &one, tensor, _device.Upload(1 + 0.75f * MathF.ScaleB(1, -10)),
            filter, _device.Upload(1f), convolution, 0, 0, 0, &none, tensor, y));
        return _device.Download<float>(y, 1)[0];
    }
}
