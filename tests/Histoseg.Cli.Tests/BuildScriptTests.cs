using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.Versioning;

namespace Histoseg.Cli.Tests;

/// <summary>build.cs and what starts it. build.ps1 is for Windows; PowerShell's own parser and a runspace try it anywhere.</summary>
public class BuildScriptTests(BuildScriptTests.CopyOfScript copy) : IClassFixture<BuildScriptTests.CopyOfScript>
{
    /// <summary>build.cs in a folder of its own, where it is compiled once.</summary>
    public sealed class CopyOfScript : IDisposable
    {
        private readonly TempFolder _folder = new();

        public CopyOfScript() => File.Copy(Path.Combine(Repository.Root, "build.cs"), this["build.cs"]);

        public string this[string name] => _folder[name];

        public void Dispose() => _folder.Dispose();
    }

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

    [SkippableFact]
    public void Faults_of_kernels_are_named()
    {
        Skip.If(!Clang19(), "clang++ 19 is not installed");
        var kernels = Directory.CreateDirectory(copy["kernels"]).FullName;
        File.Copy(Path.Combine(Repository.Root, "kernels", "common.cuh"), Path.Combine(kernels, "common.cuh"));
        void Source(string name, string code) => File.WriteAllText(Path.Combine(kernels, $"{name}.cu"), $"#include \"common.cuh\"\n{code}\n");
        Source("sound",
            "KERNEL(128) twice(float* x) { __shared__ float y[128]; y[thread_x()] = x[thread_x()]; barrier(); x[thread_x()] = 2 * y[127 - thread_x()]; }");

        var (code, output) = Build(copy[""], "kernels");
        Assert.True(code == 0, output);
        Assert.Matches(@"twice\s+128\s+512\s+1\s+1\s+1\s+1\s+0\s+0\s+0\s+1\s", output);
        (code, output) = Build(copy[""], "kernels --check");
        Assert.True(code == 0, output);

        File.AppendAllText(Path.Combine(kernels, "ptx", "sound.ptx"), "\n");
        File.WriteAllText(Path.Combine(kernels, "ptx", "orphan.ptx"), "");
        Source("absent", "KERNEL(32) none(float* x) { x[0] = 0; }");
        Source("local",
            "KERNEL(32) turns(float* x, int n) { float y[64]; for (int i = 0; i < 64; i++) y[i] = x[i]; for (int i = 0; i < n; i++) x[i] = y[(i * n) & 63]; }");
        Source("open", "extern \"C\" __global__ void unbound(float* x) { x[0] = 0; }");
        Source("call", "__attribute__((noinline)) static __device__ float far(float x) { return x * x; } KERNEL(32) calls(float* x) { x[0] = far(x[1]); }");
        Source("library", "extern \"C\" __device__ float cbrtf(float); KERNEL(32) asks(float* x) { x[0] = cbrtf(x[0]); }");
        Source("wrong", "KERNEL(32) broken(float* x) { x[0] = y; }");
        (code, output) = Build(copy[""], "kernels --check");
        Assert.Equal(1, code);
        Assert.Contains("kernels/ptx/sound.ptx is not what kernels/sound.cu and the files it includes give", output);
        Assert.Contains("kernels/ptx/orphan.ptx has no kernels/orphan.cu", output);
        Assert.Contains("kernels/ptx/absent.ptx is missing", output);
        Assert.Contains("kernels/ptx/local.ptx: turns uses .local memory", output);
        Assert.Contains("kernels/ptx/open.ptx: unbound has no .maxntid", output);
        Assert.Contains("kernels/ptx/call.ptx: calls has a call", output);
        Assert.Contains("kernels/ptx/library.ptx declares an .extern .func", output);
        Assert.Contains("kernels/wrong.cu does not compile", output);
        Assert.DoesNotContain("sound.ptx: ", output);
        Assert.False(File.Exists(Path.Combine(kernels, "ptx", "absent.ptx")));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_missing_compiler_is_named_and_not_installed()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no apt-get");
        // Nothing else is on the path, and whatever would install something leaves a trace.
        var programs = Directory.CreateDirectory(copy["programs"]).FullName;
        var dotnet = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "dotnet")).First(File.Exists);
        File.CreateSymbolicLink(Path.Combine(programs, "dotnet"), dotnet);
        foreach (var name in new[] { "apt-get", "sudo" })
        {
            File.WriteAllText(Path.Combine(programs, name), $"#!/bin/sh\necho called > '{copy["called"]}'\n");
            File.SetUnixFileMode(Path.Combine(programs, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        var (code, output) = Build(copy[""], "kernels", programs);
        Assert.Equal(1, code);
        Assert.Contains("clang++ 19, which compiles the GPU kernels, is not installed (Debian, Ubuntu: apt-get install clang-19)", output);
        Assert.False(File.Exists(copy["called"]));
    }

    private static bool Clang19()
    {
        try
        {
            using var clang = Process.Start(new ProcessStartInfo("clang++-19", "--version") { RedirectStandardOutput = true })!;
            return clang.StandardOutput.ReadToEnd().Contains("version 19.", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Output) Build(string folder, string verb, string? path = null)
    {
        var start = new ProcessStartInfo("dotnet", $"run --file build.cs -- {verb}")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (path is not null)
            start.Environment["PATH"] = path;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
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
