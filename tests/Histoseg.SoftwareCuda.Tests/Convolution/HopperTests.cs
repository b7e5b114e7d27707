using Histoseg.Cuda;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>The kernels for compute capability 9.0: every block shape agrees with float64 to the rounding of its sums and its result.</summary>
public class HopperTests
{
    private static readonly SoftwareCudaOptions Hopper = new() { ComputeCapability = 90 };

    [Fact]
    public void Agree_with_float64_on_the_case_lists() => AssertAllAgree(ConvolutionProblems.OfAlignedCases(Precision.Bf16));

    [Fact]
    public void Agree_with_float64_over_several_blocks() => AssertAllAgree(ConvolutionProblems.Large(Precision.Bf16));

    [Fact]
    public void Agree_with_float64_on_random_geometries() => AssertAllAgree(ConvolutionProblems.Random(Precision.Bf16, 60));

    [Theory]
    [InlineData("fence.proxy.async.shared::cta;", "", "without a fence.proxy.async")]
    [InlineData("fence.mbarrier_init.release.cluster;", "", "without a fence that shows it to box copies")]
    [InlineData("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [", "mbarrier.arrive.shared::cta.b64 _, [", "has not been waited for")]
    [InlineData("wgmma.fence.sync.aligned;", "", "wgmma without a wgmma.fence")]
    [InlineData("wgmma.wait_group.sync.aligned 0;", "", "ends while matrix products are under way")]
    // What it reads is overwritten, or under way, or nobody waits for the last: whichever comes first.
    [InlineData("wgmma.wait_group.sync.aligned 0;", "wgmma.wait_group.sync.aligned 1;", "conv_128x256: ")]
    [InlineData("mbarrier.arrive.shared::cta.b64 _, [", "// [", "waits for a barrier or registers that no warp will ever give")]
    [InlineData("mbarrier.arrive.expect_tx.shared::cta.b64 _, [", "mbarrier.arrive.shared::cta.b64 _, [", "waits for a barrier or registers")]
    public void A_fault_planted_in_them_is_found(string instruction, string instead, string told)
    {
        var wasThere = false;
        using var driver = new SoftwareCudaDriver(Hopper with
        {
            Rewrite = text =>
            {
                wasThere |= text.Contains(instruction, StringComparison.Ordinal);
                return Planted(text, instruction, instead);
            },
        });
        using var device = CudaDevice.Open(driver);
        var problem = new ConvolutionProblem(ConvolutionKind.Forward, ConvWindow.Square(3, padding: 1), new(1, 9, 11, 72), new(1, 9, 11, 72), Precision.Bf16);
        var size = (nuint)(1 << 18);
        var places = Enumerable.Range(0, 4).Select(_ =>
        {
            driver.MemAlloc(out var address, size).Check("cuMemAlloc");
            driver.MemsetD8Async(address, 0, size, device.ComputeStream).Check("cuMemsetD8Async");
            return address;
        }).ToArray();
        device.Upload(places[3], System.Runtime.InteropServices.MemoryMarshal.AsBytes(TapTable.Of(problem.Geometry).AsSpan()));
        using var convolution = new HopperConvolution(device, problem, HopperTile.For(device, problem)[0], places[3]);
        convolution.Bind(new(places[0], places[1], places[2]));
        convolution.Run(0);
        var fault = Assert.Throws<SoftwareCudaFault>(() => driver.StreamSynchronize(device.ComputeStream));
        Assert.True(wasThere);
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
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

    private static void AssertAllAgree(IEnumerable<ConvolutionProblem> problems)
    {
        using var reference = new CpuBackend(2);
        using var bench = new ConvolutionBench(withLibraries: false, options: Hopper);
        var (wrong, served) = (new List<string>(), new HashSet<string>());
        foreach (var problem in problems)
        {
            ConvolutionNumbers? numbers = null;
            foreach (var candidate in bench.Candidates(problem))
                using (candidate)
                {
                    if (!candidate.Name.StartsWith("hopper ", StringComparison.Ordinal))
                        continue;
                    numbers ??= new(problem, reference);
                    served.Add($"{problem.Kind} {candidate.Name}");
                    var worst = numbers.Worst(bench.Run(candidate, problem, numbers), isLibrary: false);
                    if (!(worst <= 1))
                        wrong.Add($"{candidate.Name} is off by {worst:G3} times what rounding explains: {problem}");
                }
            bench.Clear();
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(served.Count == 4 + 4 + 3, string.Join(", ", served));
    }
}
