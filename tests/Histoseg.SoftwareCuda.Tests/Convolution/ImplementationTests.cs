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
    [InlineData(Precision.Bf16, true, false)]
    [InlineData(Precision.Bf16, true, true)]
    [InlineData(Precision.Tf32, false, true)]
    [InlineData(Precision.Fp32, true, true)]
    public void CuDNN_takes_part_in_transposed_convolutions_with_bias_residual_and_ReLU(Precision precision, bool bias, bool residual)
    {
        var problem = new ConvolutionProblem(ConvolutionKind.Transposed, Engine.Ops.ConvWindow.Square(3, 2, 1), new(1, 3, 4, 16), new(1, 6, 8, 12),
            precision, bias, residual, Relu: true);
        using var bench = new ConvolutionBench();
        using var reference = new CpuBackend(1);
        var numbers = new ConvolutionNumbers(problem, reference);
        var candidates = bench.Candidates(problem);
        Assert.Contains(candidates, candidate => candidate.Name == "cudnn 1");
        foreach (var candidate in candidates)
            using (candidate)
                Assert.InRange(numbers.Worst(bench.Run(candidate, problem, numbers), candidate.Name.StartsWith("cudnn ", StringComparison.Ordinal)), 0, 1);
    }

    [Theory]
    [InlineData(Precision.Bf16, true)]
    [InlineData(Precision.Tf32, false)]
    [InlineData(Precision.Fp32, true)]
    public void A_NaN_passes_the_ReLU_in_training(Precision precision, bool bias)
    {
        using var reference = new CpuBackend(1);
        using var bench = new ConvolutionBench();
        var problem = new ConvolutionProblem(ConvolutionKind.Forward, Engine.Ops.ConvWindow.Square(1), new(1, 2, 2, 512), new(1, 2, 2, 24),
            precision, HasBias: bias, Relu: true, KeepsNaN: true);
        var numbers = new ConvolutionNumbers(problem, reference);
        numbers.First[^1] = float.NaN;
        var candidates = bench.Candidates(problem);
        Assert.Contains(candidates, candidate => candidate.Name == "cudnn 1");
        foreach (var candidate in candidates)
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
