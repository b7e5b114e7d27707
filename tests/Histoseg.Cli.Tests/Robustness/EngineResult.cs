namespace Histoseg.Cli.Tests.Robustness;

/// <summary>How a run of the program ended.</summary>
internal sealed record EngineResult(int Code, string Output, string Error)
{
    /// <summary>The last line on stderr.</summary>
    public string LastError => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";

    /// <summary>What stderr says, but for the line that tells of a missing GPU.</summary>
    public string[] ErrorLines =>
        [.. Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.EndsWith("computing on the CPU", StringComparison.Ordinal))];

    /// <summary>Requires an exit code.</summary>
    public EngineResult Expect(int code)
    {
        Assert.True(Code == code, $"exit code {Code}, not {code}\nstdout:\n{Output}\nstderr:\n{Error}");
        return this;
    }

    /// <summary>Requires what a user sees of a failure to be one line that begins with the program's name, without the insides of the program.</summary>
    public EngineResult ExpectOneClearLine(params string[] says)
    {
        Assert.StartsWith("engine: ", LastError);
        Assert.All(says, what => Assert.Contains(what, LastError));
        Assert.All(["unexpected error", "   at ", "System.", "Exception", "Histoseg."], what => Assert.DoesNotContain(what, Error));
        return this;
    }
}
