using System.Diagnostics;
using System.Globalization;
using System.Text;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>The program as a process of its own, which can be killed.</summary>
internal sealed class EngineProcess : IDisposable
{
    /// <summary>Exit code of a process that <see cref="Kill"/> ended.</summary>
    public const int Killed = 128 + 9;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly Task<string> _output, _error;

    private EngineProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        (_output, _error) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>Whether it is over.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Starts it.</summary>
    public static EngineProcess Start(params string[] args) => Start([], args, before: null);

    /// <summary>Starts it with variables of the environment changed, or taken away where null.</summary>
    public static EngineProcess Start(Dictionary<string, string?> environment, string[] args) => Start(environment, args, before: null);

    private static EngineProcess Start(Dictionary<string, string?> environment, string[] args, string? before)
    {
        // A test run in the background of a shell, or under nohup, hands on that signals are ignored; a user's terminal does not.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal", "dotnet"] : ["dotnet"];
        if (before is not null)
            command = ["bash", "-c", $"{before}; exec \"$@\"", "bash", .. command];
        var start = new ProcessStartInfo(command[0], [.. command[1..], Path.Combine(AppContext.BaseDirectory, "engine.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(start);
    }

    /// <summary>Starts it and waits for its end.</summary>
    public static EngineResult Run(params string[] args) => Run([], args);

    /// <summary>Starts it with variables of the environment changed, or taken away where null, and waits for its end.</summary>
    public static EngineResult Run(Dictionary<string, string?> environment, params string[] args)
    {
        using var process = Start(environment, args, before: null);
        return process.Wait();
    }

    /// <summary>Starts it under a limit, as for <c>ulimit</c>, and waits for its end.</summary>
    public static EngineResult RunLimited(string limit, params string[] args) => RunAfter($"ulimit {limit}", args);

    /// <summary>Starts it from a shell that does something first, and waits for its end.</summary>
    public static EngineResult RunAfter(string before, params string[] args)
    {
        using var process = Start([], args, before);
        return process.Wait();
    }

    /// <summary>Waits until something is so; the process must not end before.</summary>
    public void Await(Func<bool> isSo)
    {
        if (!CameTo(isSo))
            Assert.Fail($"the program ended too early: {Wait()}");
    }

    /// <summary>Waits until something is so and tells whether it came to that; it did not if the process ended well before.</summary>
    public bool CameTo(Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            if (HasEnded)
            {
                Wait().Expect(ExitCode.Success);
                return false;
            }
            Assert.True(clock.Elapsed < Patience, "the program does not come to the point that is waited for");
            Thread.Sleep(5);
        }
        return true;
    }

    /// <summary>Ends it at once: no handler runs, nothing is flushed.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ends it and what it started at once, as the loss of the machine does.</summary>
    public void KillAll() => _process.Kill(entireProcessTree: true);

    /// <summary>MiB in memory of the process that segments for it, on Linux; null while there is none.</summary>
    public double? WorkerMemory()
    {
        try
        {
            var resident = File.ReadLines($"/proc/{Worker}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return resident is null ? null : double.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The number of the process that segments for it, on Linux.</summary>
    public string Worker => File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Trim();

    /// <summary>Kills the process that segments for it, on Linux.</summary>
    public void KillWorker()
    {
        using var kill = Process.Start("kill", ["-KILL", Worker]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Sends a signal; Ctrl-C is <c>INT</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public EngineResult Wait()
    {
        Assert.True(_process.WaitForExit(Patience), "the program does not end");
        return new(_process.ExitCode, _output.Result, _error.Result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
