using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests;

public class ApplicationTests
{
    [Fact]
    public void Doctor_tells_what_is_here_on_stdout()
    {
        var (code, output, error) = Run("doctor");
        Assert.Equal(ExitCode.Success, code);
        Assert.Empty(error);
        Assert.All(["CPU:", "memory:", "GPU:", "OpenSlide:", "libvips:"],
            what => Assert.Contains(output.Split('\n'), line => line.StartsWith(what, StringComparison.Ordinal)));
        Assert.Matches("GPU: +(CUDA [0-9.]+ |.*; the CPU backend serves)", output);
    }

    [Theory]
    [InlineData("docter", "engine: 'docter' is no verb; did you mean 'doctor'? See: engine -h")]
    [InlineData("doctor --fast", "engine: Unrecognized command or argument '--fast'. See: engine doctor -h")]
    [InlineData("--verbose", "engine: which verb? See: engine -h")]
    public void Bad_usage_is_one_line_and_code_2(string line, string message)
    {
        var (code, output, error) = Run(line.Split(' '));
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Equal(message, error.TrimEnd());
    }

    [Fact]
    public void Nothing_at_all_shows_the_help_and_is_bad_usage()
    {
        var (code, output, error) = Run();
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Empty(output);
        Assert.Contains("doctor", error);
    }

    [Fact]
    public void Every_verb_has_help_with_an_example_that_names_it()
    {
        var verbs = Run("-h").Output.Split("Commands:")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' ')[0]).ToList();
        Assert.Contains("doctor", verbs);
        Assert.All(verbs, verb =>
        {
            var (code, output, _) = Run(verb, "-h");
            Assert.Equal(ExitCode.Success, code);
            Assert.Contains($"engine {verb}", output.Split("Examples:")[1]);
        });
    }

    internal static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = Application.Run(args, output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
