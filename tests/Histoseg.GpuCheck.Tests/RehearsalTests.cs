using Histoseg.SoftwareCuda;

namespace Histoseg.GpuCheck.Tests;

/// <summary>The program's verbs from end to end on the software device, as far as its speed lets them.</summary>
public class RehearsalTests
{
    private static (int Code, string Output) Run(int computeCapability, string arguments, int? registers = null)
    {
        using var driver = new SoftwareCudaDriver(new() { ComputeCapability = computeCapability, MemoryBytes = 4L << 30, Registers = registers });
        var (code, output) = (-1, new StringWriter());
        Gpu.Rehearse(driver, () => code = Application.Run(arguments.Split(' '), output, output));
        Assert.Empty(driver.Leaks());
        return (code, output.ToString());
    }

    [Theory]
    [InlineData(80, 4)]
    [InlineData(90, 0)]
    [InlineData(100, 4)]
    public void Every_module_for_the_GPU_is_loaded_and_no_other(int computeCapability, int others)
    {
        var (code, output) = Run(computeCapability, "modules");
        Assert.Equal(0, code);
        Assert.EndsWith($" kernels, 0 modules with faults{(others == 0 ? "" : $", {others} modules for other GPUs not loaded")}\n", output);
        Assert.Equal(others == 0, output.Contains("conv_transposed_128x256", StringComparison.Ordinal));
    }

    [Fact]
    public void Kernels_that_move_registers_need_those_they_count_on()
    {
        var (code, output) = Run(90, "modules", registers: 96);
        Assert.Equal(1, code);
        Assert.Contains("conv_128x256", output.Split('\n').First(line => line.EndsWith("  counts on 168 registers", StringComparison.Ordinal)));
        Assert.Contains(" 2 modules with faults", output);
    }

    [Fact]
    public void Portable_kernels_are_tried_on_every_operation()
    {
        var (code, output) = Run(90, "cases --convolutions Portable --precision Fp32 --filter add");
        Assert.Equal(0, code);
        Assert.Contains("Portable, Fp32: ", output);
        Assert.DoesNotContain(" 0 of 0 ", output);
    }

    [Fact]
    public void Cases_agree_and_end_when_their_time_is_over()
    {
        var (code, output) = Run(80, "cases --convolutions Own --precision Fp32 --filter add");
        Assert.Equal((0, true), (code, output.Contains("cases agree, worst error", StringComparison.Ordinal)));
        (code, output) = Run(80, "cases --convolutions Own --precision Fp32 --seconds 0");
        // Nothing was tried, so nothing is said to have passed.
        Assert.Equal((77, true), (code, output.Contains("Own, Fp32: 0 of 0 cases agree, ", StringComparison.Ordinal)));
        Assert.Contains(" were not run, ", output);
    }
}
