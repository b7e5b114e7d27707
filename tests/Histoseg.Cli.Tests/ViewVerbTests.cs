using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests;

/// <summary><c>engine view</c> as it is typed; what it serves is tested in Histoseg.View.Tests.</summary>
public class ViewVerbTests
{
    [Theory]
    [InlineData("--port", "70000", "--port 70000: it is 1 to 65535, or 0 for any that is free")]
    [InlineData("--listen", "my-laptop", "--listen my-laptop: it is an address of this machine")]
    public void What_is_wrong_with_an_option_is_told(string option, string value, string told)
    {
        var (code, _, error) = Run(CancellationToken.None, "view", ".", option, value);
        Assert.Equal(ExitCode.BadUsage, code);
        Assert.Contains(told, error);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told_in_a_line()
    {
        var (code, _, error) = Run(CancellationToken.None, "view", "no-such-folder");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal("engine: no-such-folder: no such file or folder", error.TrimEnd());
    }

    [Fact]
    public void It_prints_its_address_and_ends_well_when_it_is_stopped()
    {
        using var folder = new TempFolder();
        folder.Write("slide.png", "no picture, which its list will tell");
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var (code, output, error) = Run(stop.Token, "view", folder.Root);
        Assert.Equal(ExitCode.Success, code);
        Assert.Matches(@"^http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{64}\s*$", output);
        Assert.Contains("Ctrl-C ends it", error);
    }

    private static (int Code, string Output, string Error) Run(CancellationToken cancel, params string[] args)
    {
        using StringWriter output = new(), error = new();
        return (Application.Run(args, output, error, cancel), output.ToString(), error.ToString());
    }
}
