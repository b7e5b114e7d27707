using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>The kernels for compute capability 9.0: every block shape agrees with float64 to the rounding of its sums and its result.</summary>
public class HopperTests
{
    [Fact]
    public void Agree_with_float64_on_the_case_lists() => AssertAllAgree(ConvolutionProblems.OfCases(Precision.Bf16), everyKernel: false);

    [Fact]
    public void Agree_with_float64_over_several_blocks() => AssertAllAgree(ConvolutionProblems.Large(Precision.Bf16));

    [Fact]
    public void Agree_with_float64_on_random_geometries() => AssertAllAgree(ConvolutionProblems.Random(Precision.Bf16, 60));

    private static void AssertAllAgree(IEnumerable<ConvolutionProblem> problems, bool everyKernel = true)
    {
        using var reference = new CpuBackend(2);
        using var bench = new ConvolutionBench(withLibraries: false, computeCapability: 90);
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
        Assert.True(!everyKernel || served.Count == 4 + 4 + 3, string.Join(", ", served));
    }
}
