using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Histoseg.KernelCheck;

/// <summary>NVIDIA's assembler and disassembler, which need no GPU.</summary>
/// <param name="Ptxas">Path of ptxas.</param>
/// <param name="Nvdisasm">Path of nvdisasm.</param>
/// <param name="Version">ptxas's release, for example <c>12.4.131</c>.</param>
internal sealed partial record CudaTools(string Ptxas, string Nvdisasm, string Version)
{
    /// <summary>The variable that names the folder of the tools.</summary>
    public const string Variable = "HISTOSEG_CUDA_TOOLS";

    /// <summary>Looks for the tools: the folder of <see cref="Variable"/>, PATH, then <c>CUDA_HOME/bin</c>.</summary>
    /// <param name="environment">Values of variables.</param>
    /// <param name="reason">Where it looked, if they are not found.</param>
    public static CudaTools? Find(Func<string, string?> environment, out string reason)
    {
        var named = environment(Variable);
        string[] places =
        [
            .. named is null ? [] : new[] { named },
            .. (environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            .. environment("CUDA_HOME") is { Length: > 0 } home ? [Path.Combine(home, "bin")] : Array.Empty<string>(),
        ];
        string[] paths = [.. new[] { "ptxas", "nvdisasm" }.Select(name => places.Select(place => Program(place, name)).FirstOrDefault(File.Exists) ?? "")];
        reason = $"NVIDIA's {(paths[0] is "" ? "ptxas" : "nvdisasm")} was not found in {Variable} ({named ?? "not set"}), PATH or CUDA_HOME/bin "
            + $"({environment("CUDA_HOME") ?? "not set"})";
        if (paths.Contains(""))
            return null;
        var (_, text) = Run(paths[0], "--version");
        if (Release().Match(text) is { Success: true } release)
            return new(paths[0], paths[1], release.Groups[1].Value);
        reason = $"{paths[0]} --version tells no release";
        return null;
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int Code, string Text) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return (process.ExitCode, text);
    }

    private static string Program(string folder, string name) => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    [GeneratedRegex(@"\bV(\d+\.\d+\.\d+)")]
    private static partial Regex Release();
}
