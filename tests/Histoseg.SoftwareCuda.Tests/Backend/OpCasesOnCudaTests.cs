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
            foreach (var @case in OpCases.All)
                foreach (var precision in Enum.GetValues<Precision>())
                    cases.Add(@case.ToString(), precision);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Agrees_with_float64(string name, Precision precision)
    {
        using var gpu = new SoftwareGpu(precision);
        using var cpu = new CpuBackend(threads: 1);
        var result = BackendComparison.Run(OpCases.All.Single(c => c.ToString() == name), gpu.Backend, cpu);
        Assert.True(result.Passes, $"{name} in {precision}: {result.Where} is off by {result.WorstError:R}, more than {result.Tolerance:R}");
    }
}
