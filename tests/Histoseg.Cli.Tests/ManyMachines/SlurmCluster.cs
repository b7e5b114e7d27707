using System.Diagnostics;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>A Slurm of this machine's packages with two nodes, for the tests of a class; they are skipped where it is not installed.</summary>
public sealed class SlurmCluster : IDisposable
{
    private const int NotHere = 75;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Script = Path.Combine(Repository.Root, "tests", "slurm", "cluster.sh");

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly string? _missing = "Slurm is Linux's";

    public SlurmCluster()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (code, output, error) = Run(Script, "up", _folder["cluster"]);
        Assert.True(code is 0 or NotHere, error);
        _missing = code == NotHere ? error.Trim() : null;
        if (_missing is not null)
            return;
        _environment["SLURM_CONF"] = output.Trim().Split('=')[1];
        // Jobs call the program by its name.
        var program = _folder.Write("bin/engine", $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "engine.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _environment["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
    }

    /// <summary>Skips the test where there is no Slurm.</summary>
    public void Require() => Skip.If(_missing is not null, _missing);

    /// <summary>Runs a command of Slurm's, which has to succeed, and gives what it prints.</summary>
    public string Do(string program, params string[] args)
    {
        var (code, output, error) = Run(program, args);
        Assert.True(code == 0, $"{program} {string.Join(' ', args)} ended with {code}: {error}");
        return output.Trim();
    }

    /// <summary>Submits a script of <c>samples/slurm</c> to be run with one processor a task, and gives the job's number.</summary>
    public string Submit(string script, string log, IEnumerable<string> options, params IEnumerable<(string Name, string Value)> variables) => Do("sbatch",
    [
        "--parsable", "--cpus-per-task=1", "--mem=0", $"--output={log}", .. options,
        $"--export=ALL,{string.Join(',', variables.Select(variable => $"{variable.Name}={variable.Value}"))}",
        Path.Combine(Repository.Root, "samples", "slurm", script),
    ]);

    /// <summary>A job's state: <c>RUNNING</c>, <c>COMPLETED</c>.</summary>
    public string StateOf(string job) => Field(job, "JobState");

    /// <summary>A field of what Slurm tells of a job.</summary>
    public string Field(string job, string name) =>
        Do("scontrol", "show", "job", job).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).First(field => field.StartsWith(name + '='))
            [(name.Length + 1)..];

    /// <summary>What its daemons last wrote to their logs.</summary>
    public string Logs => string.Join('\n', Directory.GetFiles(_folder["cluster"], "slurm*.log").SelectMany(log => File.ReadLines(log).TakeLast(15)));

    /// <summary>Waits until something is so.</summary>
    public static void Await(string what, Func<bool> isSo)
    {
        for (var clock = Stopwatch.StartNew(); !isSo(); Thread.Sleep(100))
            Assert.True(clock.Elapsed < Patience, $"{what} is waited for in vain");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_missing is null)
            Run(Script, "down", _folder["cluster"]);
        _folder.Dispose();
    }

    private (int Code, string Output, string Error) Run(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), $"{program} does not end");
        return (process.ExitCode, output, error.Result);
    }
}
