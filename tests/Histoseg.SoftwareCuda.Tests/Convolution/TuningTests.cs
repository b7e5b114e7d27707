using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>Implementations are measured once, the choice is remembered, and what computes something else is never chosen.</summary>
public sealed class TuningTests : IDisposable
{
    private const string Trial = "conv_random_bf16";
    private static readonly ConvolutionProblem Problem =
        new(ConvolutionKind.Forward, ConvWindow.Square(1), new(1, 4, 5, 8), new(1, 4, 5, 16), Precision.Bf16, HasBias: true, Relu: true);

    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-tuning-").FullName;

    private string File => Path.Combine(_folder, "below", "convolutions.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_choice_is_measured_once_and_remembered_on_disk()
    {
        string first;
        using (var bench = new ConvolutionBench(tuningFile: File))
        {
            first = Choose(bench);
            Assert.Contains(Trial, bench.Launched);
            bench.Launched.Clear();
            Assert.Equal(first, Choose(bench));
            Assert.DoesNotContain(Trial, bench.Launched);
        }
        var entry = TuningEntry.Parse(Assert.Single(System.IO.File.ReadAllLines(File)))!;
        Assert.Equal((Problem.ToString(), first), (entry.Problem, entry.Choice));
        Assert.True(entry.Place.Cudnn > 0 && entry.Place.CublasLt > 0 && entry.Microseconds > 0);

        using var later = new ConvolutionBench(tuningFile: File);
        Assert.Equal(first, Choose(later));
        Assert.DoesNotContain(Trial, later.Launched);
    }

    [Fact]
    public void What_the_file_says_is_used()
    {
        using (var bench = new ConvolutionBench(tuningFile: File))
            Choose(bench);
        foreach (var name in (string[])["own 128x32", "cudnn 1", "cublaslt 1"])
        {
            var entry = TuningEntry.Parse(System.IO.File.ReadAllText(File))!;
            System.IO.File.WriteAllText(File, (entry with { Choice = name }).ToString());
            using var bench = new ConvolutionBench(tuningFile: File);
            Assert.Equal(name, Choose(bench));
            Assert.DoesNotContain(Trial, bench.Launched);
        }
    }

    [Theory]
    [InlineData("driver")]
    [InlineData("cudnn")]
    [InlineData("cublaslt")]
    [InlineData("kernels")]
    [InlineData("gpu")]
    public void Another_version_of_anything_measures_again(string what)
    {
        using (var bench = new ConvolutionBench(tuningFile: File))
            Choose(bench);
        var entry = TuningEntry.Parse(System.IO.File.ReadAllText(File))!;
        var place = entry.Place;
        var other = entry with
        {
            Place = what switch
            {
                "driver" => place with { Driver = 1 },
                "cudnn" => place with { Cudnn = 1 },
                "cublaslt" => place with { CublasLt = 1 },
                "kernels" => place with { Kernels = "1" },
                _ => place with { Gpu = "another" },
            },
        };
        System.IO.File.WriteAllText(File, other.ToString());
        using var later = new ConvolutionBench(tuningFile: File);
        Choose(later);
        Assert.Contains(Trial, later.Launched);
        Assert.Equal(2, System.IO.File.ReadAllLines(File).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json\n")]
    [InlineData("{\"gpu\":\"x\"}\n[1]\n17\nnull\n{\"gpu\":3,\"driver\":\"x\"}\n")]
    [InlineData("{\"gpu\":\"Software GPU\",\"driver\":12040,\"cudnn\":9")]
    public void A_damaged_file_is_replaced(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, content);
        using var bench = new ConvolutionBench(tuningFile: File);
        var name = Choose(bench);
        Assert.Contains(Trial, bench.Launched);
        Assert.Equal(name, TuningEntry.Parse(Assert.Single(System.IO.File.ReadAllLines(File)))!.Choice);
    }

    [Fact]
    public void A_file_that_cannot_be_written_costs_measurements_only()
    {
        // The folder's name is taken by a file.
        System.IO.File.WriteAllText(Path.GetDirectoryName(File)!, "");
        using var bench = new ConvolutionBench(tuningFile: File);
        var name = Choose(bench);
        Assert.Contains(Trial, bench.Launched);
        bench.Launched.Clear();
        Assert.Equal(name, Choose(bench));
        Assert.DoesNotContain(Trial, bench.Launched);
    }

    [Fact]
    public void What_others_wrote_meanwhile_stays()
    {
        using var bench = new ConvolutionBench(tuningFile: File);
        using var other = new ConvolutionBench(tuningFile: File);
        Choose(bench);
        Choose(other, Problem with { Relu = false });
        Choose(bench, Problem with { HasBias = false, Relu = false });
        Assert.Equal(3, System.IO.File.ReadAllLines(File).Length);
    }

    [Fact]
    public void Without_a_file_nothing_is_measured_and_the_own_kernels_serve()
    {
        using var bench = new ConvolutionBench(tuningFile: null);
        Assert.StartsWith("own ", Choose(bench), StringComparison.Ordinal);
        Assert.Empty(bench.Launched);
    }

    [Fact]
    public void Without_libraries_and_alternatives_nothing_is_measured()
    {
        using var bench = new ConvolutionBench(withLibraries: false, tuningFile: File);
        Assert.Equal("own gather_64x64", Choose(bench, Problem with { Source = Problem.Source with { C = 3 } }));
        Assert.Empty(bench.Launched);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void Too_little_memory_for_a_trial_leaves_the_own_kernels()
    {
        using var bench = new ConvolutionBench(tuningFile: File);
        var table = bench.Table(Problem);
        bench.Driver.FailNext(nameof(ICudaDriver.MemAlloc), CudaStatus.OutOfMemory, after: 3);
        using (var chosen = bench.Device.Convolutions.Choose(Problem, table))
            Assert.StartsWith("own ", chosen.Name, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Theory]
    [InlineData(nameof(ConvolutionKind.Forward), Precision.Bf16)]
    [InlineData(nameof(ConvolutionKind.Transposed), Precision.Tf32)]
    [InlineData(nameof(ConvolutionKind.WeightGradient), Precision.Fp32)]
    [InlineData(nameof(ConvolutionKind.WeightGradient), Precision.Bf16)]
    public void What_computes_something_else_is_rejected(string kind, Precision precision)
    {
        using var bench = new ConvolutionBench(withLibraries: false);
        var problem = Problem with { Kind = Enum.Parse<ConvolutionKind>(kind), Precision = precision, HasBias = false, Relu = false };
        using var right = bench.Candidates(problem)[0];
        using var trial = new ConvolutionTrial<ConvolutionTensors>(bench.Device, problem, 1 << 20);
        trial.Expect(right);
        Assert.True(trial.Measure(right) > 0);
        Assert.Null(trial.Measure(new Wrong(bench, right, problem, lastByteOnly: false)));
        Assert.Null(trial.Measure(new Wrong(bench, right, problem, lastByteOnly: true)));
        Assert.Null(trial.Measure(new Idle()));
    }

    [Fact]
    public void A_library_that_fails_while_it_is_tried_is_not_chosen()
    {
        var problem = Problem with { Window = ConvWindow.Square(3, padding: 1), Relu = false };
        using var bench = new ConvolutionBench(tuningFile: File);
        bench.Cudnn.FailNext(nameof(ICudnn.ConvolutionBiasActivationForward), CudnnStatus.ExecutionFailed);
        using var chosen = bench.Device.Convolutions.Choose(problem, bench.Table(problem));
        Assert.StartsWith("own ", chosen.Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ICudnn.Create))]
    [InlineData(nameof(ICudnn.SetStream))]
    public void A_library_that_does_not_start_is_done_without(string call)
    {
        using var bench = new ConvolutionBench(tuningFile: File);
        bench.Cudnn.FailNext(call, CudnnStatus.NotInitialized);
        var names = Names(bench.Candidates(Problem));
        Assert.DoesNotContain(names, n => n.StartsWith("cudnn ", StringComparison.Ordinal));
        Assert.Contains(names, n => n.StartsWith("cublaslt ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_library_that_cannot_describe_a_problem_is_done_without()
    {
        using var bench = new ConvolutionBench(tuningFile: File);
        bench.CublasLt.FailNext(nameof(ICublasLt.MatmulDescCreate), CublasStatus.AllocFailed);
        bench.Cudnn.FailNext(nameof(ICudnn.SetConvolutionMathType), CudnnStatus.NotSupported);
        var names = Names(bench.Candidates(Problem with { Precision = Precision.Fp32 }));
        Assert.DoesNotContain(names, n => n.StartsWith("cublaslt ", StringComparison.Ordinal));
        Assert.DoesNotContain("cudnn 0", names);
        Assert.Contains("cudnn 1", names);
    }

    private static List<string> Names(IEnumerable<IConvolution> candidates)
    {
        var names = new List<string>();
        foreach (var candidate in candidates)
            using (candidate)
                names.Add(candidate.Name);
        return names;
    }

    [Fact]
    public void A_compiled_tape_runs_on_the_choice_and_replays_it()
    {
        using var driver = new SoftwareCudaDriver();
        using var backend = new CudaBackend(CudaDevice.Open(driver, 0, new SoftwareCudnn(driver), new SoftwareCublasLt(driver), File));
        var tape = new Tape();
        var x = tape.Input("x", new(1, 2, 2, 8), requiresGradient: true);
        var weight = tape.Parameter("weight", new(8, 1, 1, 8));
        var bias = tape.Parameter("bias", Shape.Vector(8));
        var y = tape.Keep(tape.Conv2d(x, weight, ConvWindow.Square(1), bias));
        var gradients = tape.Backward(y, tape.Input("seed", y.Shape));
        var (dx, dweight) = (tape.Keep(gradients[x]), tape.Keep(gradients[weight]));
        using var program = backend.Compile(tape);
        program.Write(x, [.. Enumerable.Range(0, 32).Select(i => (float)(i % 5))]);
        program.Write(weight, [.. Enumerable.Range(0, 64).Select(i => i / 8 == i % 8 ? 2f : 0)]);
        program.Write(bias, [1f, 1, 1, 1, 1, 1, 1, 1]);
        program.Write(tape["seed"], [.. Enumerable.Repeat(1f, 32)]);
        for (var run = 0; run < 3; run++)
        {
            program.Run();
            Assert.Equal(Enumerable.Range(0, 32).Select(i => 1 + 2f * (i % 5)), program.Read(y));
            Assert.All(program.Read(dx), v => Assert.Equal(2, v));
            Assert.All(program.Read(dweight)[..8].Zip(Enumerable.Range(0, 8)),
                p => Assert.Equal(Enumerable.Range(0, 4).Sum(pixel => (pixel * 8 + p.Second) % 5), p.First));
        }
        Assert.Equal(3, System.IO.File.ReadAllLines(File).Length);
    }

    private static string Choose(ConvolutionBench bench, ConvolutionProblem? problem = null)
    {
        using var chosen = bench.Device.Convolutions.Choose(problem ?? Problem, bench.Table(problem ?? Problem));
        return chosen.Name;
    }

    /// <summary>Computes the right thing and then spoils it.</summary>
    private sealed class Wrong(ConvolutionBench bench, IConvolution right, ConvolutionProblem problem, bool lastByteOnly) : IConvolution
    {
        private ConvolutionTensors _tensors;

        public string Name => "wrong";

        public long WorkspaceBytes => right.WorkspaceBytes;

        public void Bind(ConvolutionTensors tensors)
        {
            _tensors = tensors;
            right.Bind(tensors);
        }

        public void Run(ulong workspace)
        {
            right.Run(workspace);
            var isGradient = problem.Kind == ConvolutionKind.WeightGradient;
            var bytes = isGradient ? problem.Weight.Count * sizeof(float) : problem.Target.Count * CudaTensor.BytesOf(problem.Element);
            var at = isGradient ? _tensors.Weight : _tensors.Target;
            // The last byte is sign and exponent: 0x44 makes the last number at least 512, which no result of this problem is near.
            bench.Driver.MemsetD8Async(lastByteOnly ? at + (ulong)bytes - 1 : at, (byte)(lastByteOnly ? 0x44 : 0),
                lastByteOnly ? 1 : (nuint)bytes / 2, bench.Device.ComputeStream)
                .Check("cuMemsetD8Async");
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Computes nothing.</summary>
    private sealed class Idle : IConvolution
    {
        public string Name => "idle";

        public long WorkspaceBytes => 0;

        public void Bind(ConvolutionTensors tensors)
        {
        }

        public void Run(ulong workspace)
        {
        }

        public void Dispose()
        {
        }
    }
}
