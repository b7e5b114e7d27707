using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>Every implementation of convolutions agrees with float64 to the rounding of its sums and its result.</summary>
public class ImplementationTests
{
    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Fp32)]
    public void Agree_with_float64_on_the_case_lists(Precision precision) => AssertAllAgree(ConvolutionProblems.OfCases(precision));

    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Fp32)]
    public void Agree_with_float64_over_several_blocks(Precision precision) => AssertAllAgree(ConvolutionProblems.Large(precision));

    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Fp32)]
    public void Agree_with_float64_on_random_geometries(Precision precision) => AssertAllAgree(ConvolutionProblems.Random(precision, 40));

    [Theory]
    [InlineData(Precision.Bf16, 7)]
    [InlineData(Precision.Tf32, 7)]
    [InlineData(Precision.Fp32, 6)]
    public void Every_block_shape_takes_part(Precision precision, int shapes)
    {
        using var bench = new ConvolutionBench();
        foreach (var kind in Enum.GetValues<ConvolutionKind>())
        {
            var problem = new ConvolutionProblem(kind, Engine.Ops.ConvWindow.Square(1), new(1, 4, 4, 512), new(1, 4, 4, 64), precision);
            var names = bench.Candidates(problem).Select(Disposed).ToList();
            Assert.Equal(kind == ConvolutionKind.WeightGradient ? 3 : shapes, names.Count(n => n.StartsWith("own ", StringComparison.Ordinal)));
            Assert.Contains(names, n => n.StartsWith("cudnn ", StringComparison.Ordinal));
            Assert.Contains(names, n => n.StartsWith("cublaslt ", StringComparison.Ordinal));
        }

        static string Disposed(IConvolution candidate)
        {
            using (candidate)
                return candidate.Name;
        }
    }

    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Fp32)]
    public void The_own_kernels_let_a_NaN_through_the_ReLU(Precision precision)
    {
        using var reference = new CpuBackend(1);
        using var bench = new ConvolutionBench(withLibraries: false);
        var problem = new ConvolutionProblem(ConvolutionKind.Forward, Engine.Ops.ConvWindow.Square(1), new(1, 2, 2, 512), new(1, 2, 2, 24),
            precision, Relu: true);
        var numbers = new ConvolutionNumbers(problem, reference);
        numbers.First[^1] = float.NaN;
        foreach (var candidate in bench.Candidates(problem))
        {
            using (candidate)
            {
                var result = bench.Run(candidate, problem, numbers);
                Assert.All(result[^24..], v => Assert.Equal(float.NaN, v));
                Assert.All(result[..^24], v => Assert.True(float.IsFinite(v), candidate.Name));
            }
        }
    }

    private static void AssertAllAgree(IEnumerable<ConvolutionProblem> problems)
    {
        using var reference = new CpuBackend(2);
        using var bench = new ConvolutionBench();
        var wrong = new List<string>();
        foreach (var problem in problems)
        {
            var numbers = new ConvolutionNumbers(problem, reference);
            foreach (var candidate in bench.Candidates(problem))
            {
                using (candidate)
                {
                    var worst = numbers.Worst(bench.Run(candidate, problem, numbers), isLibrary: !candidate.Name.StartsWith("own ", StringComparison.Ordinal));
                    if (!(worst <= 1))
                        wrong.Add($"{candidate.Name} is off by {worst:G3} times what rounding explains: {problem}");
                }
            }
            bench.Clear();
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }
}
