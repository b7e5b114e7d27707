using Histoseg.Cuda;

namespace Histoseg.GpuCheck.Tests;

/// <summary>Where there is no GPU every verb says so in a line and returns 77.</summary>
public class WithoutGpuTests
{
    [SkippableTheory]
    [InlineData("modules")]
    [InlineData("cases")]
    [InlineData("slim reference")]
    [InlineData("train")]
    [InlineData("bench inference")]
    [InlineData("bench training --batch 4")]
    [InlineData("bench gicn")]
    [InlineData("bench ceilings")]
    [InlineData("convolutions")]
    [InlineData("tune")]
    [InlineData("tune --only inference --batch 8")]
    [InlineData("once training")]
    public void Says_that_there_is_none(string arguments)
    {
        Skip.If(CudaLibraries.Driver.IsAvailable, "this machine has a GPU");
        var (code, output, error) = Run(arguments);
        Assert.Equal(77, code);
        Assert.Equal("", output);
        Assert.StartsWith("gpucheck: skipped: no GPU: ", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("bench nonsense")]
    [InlineData("tune --only nonsense")]
    [InlineData("cases --precision fp8")]
    [InlineData("slim")]
    [InlineData("nothing")]
    public void Names_a_wrong_argument_in_a_line(string arguments)
    {
        var (code, _, error) = Run(arguments);
        Assert.Equal(2, code);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static (int Code, string Output, string Error) Run(string arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (Application.Run(arguments.Split(' '), output, error), output.ToString(), error.ToString());
    }
}
