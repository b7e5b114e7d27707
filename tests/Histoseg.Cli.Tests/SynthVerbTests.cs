using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests;

public class SynthVerbTests
{
    [Fact]
    public void Slides_and_their_manifest_are_written_and_the_manifest_named_on_stdout()
    {
        using var folder = new TempFolder();
        var (code, output, error) =
            ApplicationTests.Run("synth", "-o", folder["slides"], "--train", "1", "--val", "0", "--test", "1", "--width", "256", "--height", "192");
        Assert.Equal(ExitCode.Success, code);
        Assert.Equal(Path.Combine(folder["slides"], "manifest.csv"), output.Trim());
        Assert.Equal(3, File.ReadAllLines(output.Trim()).Length);
        Assert.Equal("drawing: 100 %, 2 of 2 slides", error.Trim());
    }

    [Theory]
    [InlineData(ExitCode.BadUsage, "--train 0 --val 0 --test 0")]
    [InlineData(ExitCode.BadUsage, "--train many")]
    [InlineData(ExitCode.Failed, "--width 5")]
    public void Bad_values_are_one_line(int expected, string options)
    {
        using var folder = new TempFolder();
        var (code, output, error) = ApplicationTests.Run(["synth", "-o", folder["slides"], .. options.Split(' ')]);
        Assert.Equal(expected, code);
        Assert.Empty(output);
        Assert.Single(error.Trim().Split('\n'));
        Assert.StartsWith("engine: ", error);
    }

    [Fact]
    public void An_output_folder_that_is_a_file_is_one_line()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["slides"], "");
        var (code, _, error) = ApplicationTests.Run("synth", "-o", folder["slides"], "--width", "128", "--height", "128");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Single(error.Trim().Split('\n'));
        Assert.DoesNotContain("unexpected", error);
    }
}
