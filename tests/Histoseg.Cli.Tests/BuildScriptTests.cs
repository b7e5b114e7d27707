using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace Histoseg.Cli.Tests;

/// <summary>build.ps1 is for Windows; PowerShell's own parser and a runspace try it anywhere.</summary>
public class BuildScriptTests
{
    private static readonly string Script = Path.Combine(Repository.Root, "build.ps1");

    [Fact]
    public void The_PowerShell_script_parses()
    {
        Parser.ParseFile(Script, out _, out var errors);
        Assert.Empty(errors);
    }

    [Fact]
    public void The_PowerShell_script_shows_the_verbs()
    {
        var (code, output) = Run("help");
        Assert.True(code == 0, output);
        Assert.Contains("usage: ", output);
        Assert.Contains("publish", output);
    }

    [Fact]
    public void The_PowerShell_script_hands_on_the_exit_code() => Assert.Equal(2, Run("nonsense").Code);

    [Fact]
    public void Both_scripts_start_the_same_file()
    {
        Assert.Contains("/build.cs\" -- @Arguments", File.ReadAllText(Script));
        Assert.Contains("dotnet run --file build.cs -- ", File.ReadAllText(Path.Combine(Repository.Root, "build.sh")));
    }

    private static (int Code, string Output) Run(string verb)
    {
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        var output = shell.AddScript("& $args[0] $args[1]").AddArgument(Script).AddArgument(verb).Invoke().Select(line => $"{line}");
        output = output.Concat(shell.Streams.Error.Select(error => $"{error}"));
        return (Convert.ToInt32(runspace.SessionStateProxy.GetVariable("LASTEXITCODE")), string.Join('\n', output));
    }
}
