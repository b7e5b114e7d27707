using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checking;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>Every case of every operation, forward and backward, on the software device against float64.</summary>
public class OpCasesOnCudaTests
{
    public static TheoryData<string, Precision> Cases
    {
        get
        {
            var cases = new TheoryData<string, Precision>();
            foreach (var @case in OpCases.OnGpus)
                foreach (var precision in Enum.GetValues<Precision>())
                    cases.Add(@case.ToString(), precision);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Agrees_with_float64(string name, Precision precision) => AssertAgrees(OpCases.All.Single(c => c.ToString() == name), precision);

    /// <summary>The cheapest of those cases that real GPUs are given besides.</summary>
    [Theory]
    [InlineData("conv2d: 1×1 of 64 to 136 channels, bias, residual, ReLU")]
    [InlineData("conv_transpose2d: 2×2/2 of 40 to 72 channels, bias, ReLU")]
    public void Agrees_with_float64_where_channels_fill_whole_pieces(string name) =>
        AssertAgrees(AlignedCases.All.Single(c => c.ToString() == name), Precision.Bf16);

    private static void AssertAgrees(OpCase @case, Precision precision)
    {
        using var gpu = new SoftwareGpu(precision);
        using var cpu = new CpuBackend(threads: 1);
        var result = BackendComparison.Run(@case, gpu.Backend, cpu);
        Assert.True(result.Passes, $"{@case} in {precision}: {result.Where} is off by {result.WorstError:R}, more than {result.Tolerance:R}");
    }
}
