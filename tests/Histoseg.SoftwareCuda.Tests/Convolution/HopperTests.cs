using Histoseg.Cuda;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>The kernels for compute capability 9.0: every block shape agrees with float64 to the rounding of its sums and its result.</summary>
public class HopperTests
{
    private static readonly SoftwareCudaOptions Hopper = new() { ComputeCapability = 90 };

    // Each problem by one of the shapes in turn.
    [Fact]
    public void Agree_with_float64_on_the_case_lists() => AssertAllAgree(ConvolutionProblems.OfAlignedCases(Precision.Bf16), inTurn: true);

    [Fact]
    public void Agree_with_float64_over_several_blocks() => AssertAllAgree(ConvolutionProblems.Large(Precision.Bf16));

    [Fact]
    public void Agree_with_float64_on_random_geometries() => AssertAllAgree(ConvolutionProblems.Random(Precision.Bf16, 60));

    public static TheoryData<string, string, string, string> Faults()
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (var kind in Enum.GetNames<ConvolutionKind>())
            foreach (var (instruction, instead, told) in new[]
            {
                ("fence.proxy.async.shared::cta;", "", "without a fence.proxy.async"),
                ("fence.mbarrier_init.release.cluster;", "", "without a fence that shows it to box copies"),
                ("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [", "mbarrier.arrive.shared::cta.b64 _, [",
                    "has not been waited for|without a barrier between"),
                ("wgmma.fence.sync.aligned;", "", "wgmma without a wgmma.fence"),
                ("wgmma.wait_group.sync.aligned 0;", "", "ends while matrix products are under way"),
                ("mbarrier.arrive.shared::cta.b64 _, [", "// [", "waits for a barrier or registers that no warp will ever give"),
                ("mbarrier.arrive.expect_tx.shared::cta.b64 _, [", "mbarrier.arrive.shared::cta.b64 _, [", "waits for a barrier or registers"),
                ("cp.async.wait_all;", "", "a thread ends while copies of its own are under way"),
                ("setmaxnreg.dec.sync.aligned.u32", "//", "waits for a barrier or registers that no warp will ever give"),
            })
                data.Add(kind, instruction, instead, told);
        return data;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_planted_in_them_is_found(string kind, string instruction, string instead, string told)
    {
        var wasThere = false;
        var fault = Assert.Throws<SoftwareCudaFault>(() => RunOnce(Enum.Parse<ConvolutionKind>(kind), text =>
        {
            wasThere |= text.Contains(instruction, StringComparison.Ordinal);
            return Planted(text, instruction, instead);
        }));
        Assert.True(wasThere);
        Assert.Contains(told.Split('|'), words => fault.Message.Contains(words, StringComparison.Ordinal));
    }

    /// <summary>A stage is freed a step too early. What is seen first depends on the order in which copies come.</summary>
    [Fact]
    public void A_stage_that_is_freed_before_it_was_read_is_found()
    {
        var fault = Assert.Throws<SoftwareCudaFault>(() => RunOnce(ConvolutionKind.Forward, text =>
            text.Replace("wgmma.wait_group.sync.aligned 0;", "wgmma.wait_group.sync.aligned 1;", StringComparison.Ordinal)));
        Assert.Contains(["was written before the product was waited for", "has not been waited for", "without a barrier between"],
            words => fault.Message.Contains(words, StringComparison.Ordinal));
    }

    private static void RunOnce(ConvolutionKind kind, Func<string, string> rewrite)
    {
        using var driver = new SoftwareCudaDriver(Hopper with { Rewrite = rewrite });
        using var device = CudaDevice.Open(driver);
        var map = new Shape(1, 20, 19, 72);
        var problem = new ConvolutionProblem(kind, ConvWindow.Square(3, padding: 1), map, map, Precision.Bf16);
        var size = (nuint)(1 << 18);
        var places = Enumerable.Range(0, 4).Select(_ =>
        {
            driver.MemAlloc(out var address, size).Check("cuMemAlloc");
            driver.MemsetD8Async(address, 0, size, device.ComputeStream).Check("cuMemsetD8Async");
            return address;
        }).ToArray();
        device.Upload(places[3], System.Runtime.InteropServices.MemoryMarshal.AsBytes(TapTable.Of(problem.Geometry).AsSpan()));
        var tile = HopperTile.For(device, problem)[0];
        using IConvolution convolution = kind == ConvolutionKind.WeightGradient
            ? new HopperWeightGradient(device, problem, tile, places[3])
            : new HopperConvolution(device, problem, tile, places[3]);
        convolution.Bind(new(places[0], places[1], places[2]));
        convolution.Run(0);
        driver.StreamSynchronize(device.ComputeStream);
    }

    /// <summary>Replaces an instruction wherever it stands, with what is left of its operands where that is to be.</summary>
    private static string Planted(string text, string instruction, string instead) => string.Join('\n', text.Split('\n').Select(line =>
    {
        if (!line.Contains(instruction, StringComparison.Ordinal))
            return line;
        var changed = line.Replace(instruction, instead, StringComparison.Ordinal);
        // An arrival takes no bytes.
        return instruction.Contains("expect_tx", StringComparison.Ordinal) ? changed[..changed.LastIndexOf(',')] + ";" : changed;
    }));

    private static void AssertAllAgree(IEnumerable<ConvolutionProblem> problems, bool inTurn = false)
    {
        using var reference = new CpuBackend(2);
        using var bench = new ConvolutionBench(withLibraries: false, options: Hopper);
        var (wrong, served) = (new List<string>(), new HashSet<string>());
        var turns = new Dictionary<ConvolutionKind, int>();
        foreach (var problem in problems)
        {
            var turn = turns[problem.Kind] = turns.GetValueOrDefault(problem.Kind) + 1;
            ConvolutionNumbers? numbers = null;
            var all = bench.Candidates(problem);
            var ours = all.Where(candidate => candidate.Name.StartsWith("hopper ", StringComparison.Ordinal)).ToList();
            foreach (var candidate in ours.Where((_, i) => !inTurn || i == turn % ours.Count))
            {
                numbers ??= new(problem, reference);
                served.Add($"{problem.Kind} {candidate.Name}");
                var worst = numbers.Worst(bench.Run(candidate, problem, numbers), isLibrary: false);
                if (!(worst <= 1))
                    wrong.Add($"{candidate.Name} is off by {worst:G3} times what rounding explains: {problem}");
            }
            foreach (var candidate in all)
                candidate.Dispose();
            bench.Clear();
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(served.Count == 4 + 4 + 3, string.Join(", ", served));
    }
}
