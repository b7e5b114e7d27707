using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>
/// The kernels for compute capability 9.0 agree with those that every GPU runs, which the case lists hold against float64, to the last bit of bfloat16 of
/// the largest number, float32 sums to the rounding of their order; and the fastest is chosen.
/// </summary>
public sealed class CrossImplementationTests : IDisposable
{
    private static readonly SoftwareCudaOptions Hopper = new() { ComputeCapability = 90 };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("one tile", 1, 16, 16, 16, 32, 7)]
    [InlineData("tiles that reach beyond the map, odd steps", 2, 17, 19, 40, 24, 7)]
    [InlineData("k 1", 1, 18, 5, 24, 8, 1)]
    [InlineData("k 3, channels split over blocks", 1, 9, 33, 264, 40, 3)]
    [InlineData("k 13, many targets of few sources", 1, 20, 17, 32, 104, 13)]
    public void Hopper_kernels_agree_with_the_others(string what, int images, int height, int width, int sources, int targets, int k)
    {
        using var driver = new SoftwareCudaDriver(Hopper);
        using var device = CudaDevice.Open(driver);
        foreach (var (kind, joined) in from kind in Enum.GetValues<ConvolutionKind>() from joined in new[] { false, true } select (kind, joined))
        {
            var isGradient = kind == ConvolutionKind.WeightGradient;
            var problem = new CrossProblem(kind, joined, new(images, height, width, sources), targets, k, Precision.Bf16,
                HasBias: kind == ConvolutionKind.Forward);
            var candidates = CrossImplementation.All(device, problem);
            Assert.Equal(isGradient && joined ? ["own"] : ["own", "hopper"], candidates.Select(candidate => candidate.Name.Split(' ')[0]));
            using var trial = new ConvolutionTrial<CrossTensors>(device, problem, candidates.Max(candidate => candidate.WorkspaceBytes));
            trial.Expect(candidates[0]);
            var error = trial.Error(candidates[^1]);
            Assert.True(error <= problem.Tolerance, $"{what}: {problem} is off by {error:G3}");
            foreach (var candidate in candidates)
                candidate.Dispose();
        }
    }

    [Theory]
    [InlineData("fence.proxy.async.shared::cta;", "without a fence.proxy.async")]
    [InlineData("wgmma.fence.sync.aligned;", "wgmma without a wgmma.fence")]
    [InlineData("wgmma.wait_group.sync.aligned 0;", "under way|was written before|were written before")]
    [InlineData("cp.async.wait_group 0;|cp.async.wait_group 1;", "has not been waited for")]
    [InlineData("bar.sync 0;|bar.sync \t0;|barrier.sync 0;", "without a barrier between|has not been waited for|without a fence.proxy.async")]
    public void A_fault_planted_in_them_is_found(string instruction, string told)
    {
        foreach (var kind in new[] { ConvolutionKind.Forward, ConvolutionKind.WeightGradient })
        {
            var wasThere = false;
            using var driver = new SoftwareCudaDriver(Hopper with { Rewrite = Planted });
            using var device = CudaDevice.Open(driver);
            var problem = Small(kind);
            using var hopper = CrossImplementation.All(device, problem)[1];
            using var trial = new ConvolutionTrial<CrossTensors>(device, problem, hopper.WorkspaceBytes);
            var fault = Assert.Throws<SoftwareCudaFault>(() => trial.Error(hopper));
            Assert.True(wasThere);
            Assert.Contains(told.Split('|'), words => fault.Message.Contains(words, StringComparison.Ordinal));

            string Planted(string text)
            {
                if (!text.Contains("wgmma", StringComparison.Ordinal))
                    return text;
                wasThere |= instruction.Split('|').Any(words => text.Contains(words, StringComparison.Ordinal));
                return instruction.Split('|').Aggregate(text, (rewritten, words) => rewritten.Replace(words, "", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void The_fastest_is_chosen_and_remembered()
    {
        var names = new List<string>();
        for (var start = 0; start < 2; start++)
        {
            using var bench = new ConvolutionBench(withLibraries: true, _folder["convolutions.jsonl"], Hopper);
            var problem = Small(ConvolutionKind.Transposed);
            using (var chosen = bench.Device.Convolutions.Choose<CrossTensors, CrossImplementation>(problem, CrossImplementation.All(bench.Device, problem)))
                names.Add(chosen.Name);
            Assert.Equal(names[0], bench.Device.Convolutions.Chosen[$"{problem}"]);
            // Both were tried the first time, none the second.
            Assert.Equal(start == 0, bench.Launched.Count(name => name == "cross_split_transposed_16") > 1);
        }
        Assert.Equal(names[0], names[1]);
        var entry = TuningEntry.Parse(Assert.Single(File.ReadAllLines(_folder["convolutions.jsonl"])))!;
        Assert.Equal((names[0], true), (entry.Choice, entry.Microseconds > 0));
        // What is remembered for convolutions by libraries later in this process is told apart by the libraries' versions.
        Assert.NotEqual(0, entry.Place.Cudnn);
    }

    private static CrossProblem Small(ConvolutionKind kind) =>
        new(kind, Joined: false, new(1, 17, 6, 48), Targets: 8, K: 3, Precision.Bf16, HasBias: true);
}
