using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests;

public class GradCheckVerbTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public void Every_operation_passes()
    {
        var (code, output, _) = ApplicationTests.Run("gradcheck");
        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("conv2d", output);
        Assert.DoesNotContain("WRONG", output);
        Assert.EndsWith(" cases, 0 at or above 1e-06", output.TrimEnd());
    }
}
