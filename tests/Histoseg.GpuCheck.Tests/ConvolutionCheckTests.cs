using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.SoftwareCuda;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.GpuCheck.Tests;

/// <summary>What is told of implementations of convolutions, and what is held against them, on the software device.</summary>
public class ConvolutionCheckTests
{
    private readonly StringWriter _output = new();

    /// <summary>One 1×1 convolution, which every family can compute.</summary>
    private static Tape OneConvolution()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 4, 4, 16));
        tape.Keep(tape.Conv2d(x, tape.Parameter("weight", new Shape(16, 1, 1, 16)), ConvWindow.Square(1), tape.VectorParameter("bias", 16)));
        return tape;
    }

    private IReadOnlyList<string> Faults(Action<SoftwareCudnn, SoftwareCublasLt> prepare, bool withCudnn = true)
    {
        using var driver = new SoftwareCudaDriver();
        var (cudnn, cublasLt) = (new SoftwareCudnn(driver), new SoftwareCublasLt(driver));
        prepare(cudnn, cublasLt);
        using var device = CudaDevice.Open(driver, 0, withCudnn ? cudnn : null, cublasLt);
        device.Memory();
        var check = new ConvolutionCheck(device, Precision.Bf16, _output, new ResultFile(null));
        check.Run("one", OneConvolution());
        return check.Faults();
    }

    [Fact]
    public void Sound_libraries_have_no_fault()
    {
        Assert.Empty(Faults((_, _) => { }));
        Assert.Contains("Bf16, cudnn: 1 agree, 0 differ, 0 refused", _output.ToString());
        Assert.DoesNotContain(", cublaslt: 0 agree", _output.ToString());
    }

    [Fact]
    public void Pairs_of_a_GICN_are_tried_too()
    {
        var tape = new Tape();
        var (x, bias) = (tape.Input("x", new Shape(1, 9, 4, 8)), tape.VectorParameter("bias", 8));
        var (row, column) = tape.CrossConv2d(x, tape.Parameter("row", new Shape(8, 1, 3, 8)), bias, tape.Parameter("column", new Shape(8, 3, 1, 8)), bias);
        tape.Keep(row);
        tape.Keep(column);
        using var driver = new SoftwareCudaDriver(new() { ComputeCapability = 90 });
        using var device = CudaDevice.Open(driver);
        var check = new ConvolutionCheck(device, Precision.Bf16, _output, new ResultFile(null));
        check.Run("one", tape);
        Assert.Empty(check.Faults());
        Assert.Contains("Bf16, hopper: 1 agree, 0 differ, 0 refused", _output.ToString());
        Assert.Equal([("own", 1), ("hopper", 0), ("cudnn", 0), ("cublaslt", 0)], ConvolutionFamily.Counts(device, tape, Precision.Bf16));
    }

    [Fact]
    public void A_library_that_is_not_installed_is_not_held_against_anyone()
    {
        Assert.Empty(Faults((_, _) => { }, withCudnn: false));
        Assert.Contains("Bf16, cudnn: not installed", _output.ToString());
    }

    [Theory]
    [InlineData(nameof(ICudnn.ConvolutionBiasActivationForward), "cudnn 1: cudnnConvolutionBiasActivationForward: ")]
    [InlineData(nameof(ICudnn.SetConvolutionMathType), "cudnn 1: cudnnSetConvolutionMathType: ")]
    public void A_library_that_refuses_everything_is_a_fault_with_its_reason(string call, string reason)
    {
        var fault = Assert.Single(Faults((cudnn, _) => cudnn.FailNext(call, CudnnStatus.ExecutionFailed)));
        Assert.StartsWith($"Bf16, cudnn: installed, and never of use: {reason}", fault);
        Assert.Contains("Bf16, cudnn: 0 agree, 0 differ, 1 refused", _output.ToString());
        Assert.Contains("      cudnn 1: refused: ", _output.ToString());
    }

    [Fact]
    public void A_library_that_proposes_nothing_is_a_fault()
    {
        var fault = Assert.Single(Faults((_, cublasLt) => cublasLt.FailNext(nameof(ICublasLt.MatmulAlgoGetHeuristic), CublasStatus.NotSupported)));
        Assert.Equal("Bf16, cublaslt: installed, and never of use: cublaslt: it proposes no algorithm", fault);
    }

    [Fact]
    public void The_own_kernels_serve_where_nothing_was_chosen()
    {
        using var driver = new SoftwareCudaDriver();
        using var backend = new CudaBackend(CudaDevice.Open(driver));
        var tape = OneConvolution();
        using var program = backend.Compile(tape);
        Assert.Equal([("own", 1), ("hopper", 0), ("cudnn", 0), ("cublaslt", 0)], ConvolutionFamily.Counts(backend.Device, tape, Precision.Bf16));
    }

    [Fact]
    public void What_was_chosen_is_counted_by_family()
    {
        using var driver = new SoftwareCudaDriver();
        using var tuning = TemporaryTuning.Empty();
        using var backend = new CudaBackend(CudaDevice.Open(driver, 0, new SoftwareCudnn(driver), new SoftwareCublasLt(driver), tuning.File));
        var tape = OneConvolution();
        using var program = backend.Compile(tape);
        var line = File.ReadAllText(tuning.File);
        var chosen = ConvolutionFamily.All.Single(family => line.Contains($"\"choice\":\"{family} ", StringComparison.Ordinal));
        Assert.Equal(ConvolutionFamily.All.Select(family => (family, (object?)(family == chosen ? 1 : 0))),
            ConvolutionFamily.Counts(backend.Device, tape, Precision.Bf16));
    }

    [Fact]
    public void What_is_tried_is_what_the_backend_chooses_for()
    {
        using var driver = new SoftwareCudaDriver();
        using var tuning = TemporaryTuning.Empty();
        using var tried = TemporaryTuning.Empty();
        using var backend = new CudaBackend(CudaDevice.Open(driver, 0, new SoftwareCudnn(driver), new SoftwareCublasLt(driver), tuning.File));
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 4, 4, 8), requiresGradient: true);
        var strided = tape.Conv2d(x, tape.Parameter("strided.weight", new Shape(16, 3, 3, 8)), ConvWindow.Square(3, stride: 2, padding: 1));
        var plain = tape.Conv2d(strided, tape.Parameter("plain.weight", new Shape(8, 1, 1, 16)), ConvWindow.Square(1), tape.VectorParameter("plain.bias", 8));
        var gradients = tape.Backward(plain, tape.Input("seed", plain.Shape));
        tape.Keep(gradients[x]);
        tape.Sgd(gradients, tape.Input("rate", Shape.Scalar, ElementType.Wide), 0.9, 0);
        using var program = backend.Compile(tape);
        new ConvolutionCheck(backend.Device, Precision.Bf16, _output, new ResultFile(tried.File)).Run("one", tape);
        Assert.Equal(6, Problems(tuning).Length);
        Assert.Equal(Problems(tuning), Problems(tried));

        static string[] Problems(TemporaryTuning file) =>
            [.. File.ReadLines(file.File).Select(line => ResultLine.Parse(line)!.Text("problem")).Distinct().Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void A_temporary_copy_takes_writes_and_goes_away()
    {
        using var known = TemporaryTuning.Empty();
        File.WriteAllText(known.File, "known\n");
        string path;
        using (var copy = TemporaryTuning.CopyOf(known.File))
        {
            path = copy.File;
            Assert.Equal("known\n", File.ReadAllText(path));
            File.AppendAllText(path, "more\n");
        }
        Assert.False(File.Exists(path));
        Assert.Equal("known\n", File.ReadAllText(known.File));
    }
}
