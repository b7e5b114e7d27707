using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Histoseg.KernelCheck;

/// <summary>A kernel of a module, as far as its PTX tells.</summary>
/// <param name="Name">Its entry point.</param>
/// <param name="Threads">Threads of its largest block.</param>
/// <param name="DynamicBytes">Shared memory that launches ask for, 0 where the source does not say (<c>asks_shared</c> in <c>kernels/common.cuh</c>).</param>
/// <param name="UsesTensorCores">Whether it multiplies matrices.</param>
internal sealed record PtxKernel(string Name, int Threads, long DynamicBytes, bool UsesTensorCores);

/// <summary>A file of <c>kernels/ptx</c>.</summary>
/// <param name="Name">Without its ending.</param>
/// <param name="Path">The file.</param>
/// <param name="Target">The GPU that its code is for and those after it; one that ends in <c>a</c> alone.</param>
/// <param name="Code">Its text without what tells lines of the source.</param>
/// <param name="Kernels">Its kernels.</param>
internal sealed partial record PtxModule(string Name, string Path, string Target, string Code, IReadOnlyList<PtxKernel> Kernels)
{
    /// <summary>Reads a file.</summary>
    public static PtxModule Read(string path)
    {
        var text = File.ReadAllText(path);
        var starts = Entries().Matches(text);
        var kernels = starts.Select((entry, i) =>
        {
            var body = text[entry.Index..(i + 1 < starts.Count ? starts[i + 1].Index : text.Length)];
            return new PtxKernel(entry.Groups[1].Value, Number(Block().Match(body)), Number(Dynamic().Match(body)), Products().IsMatch(body));
        });
        var code = text.Split('\n').Where(line => !Place().IsMatch(line)).Select(line => line.Split("//")[0].TrimEnd()).Where(line => line.Length > 0);
        return new(System.IO.Path.GetFileNameWithoutExtension(path), path, TargetName().Match(text).Groups[1].Value, string.Join('\n', code), [.. kernels]);
    }

    /// <summary>Whether a GPU can run it.</summary>
    public bool RunsOn(Gpu gpu) => !Target.EndsWith('a') || gpu.Name == Target;

    /// <summary>Tells whether rows of the table are what was accepted for this very code.</summary>
    public string Digest(IEnumerable<KernelRow> rows) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows.Select(row => row.ToString()).Prepend(Code)))).AsSpan(0, 8));

    private static int Number(Match match) => match.Success ? int.Parse(match.Groups[1].Value) : 0;

    [GeneratedRegex(@"\.target\s+(\w+)")]
    private static partial Regex TargetName();

    [GeneratedRegex(@"\.entry\s+(\w+)")]
    private static partial Regex Entries();

    [GeneratedRegex(@"\.maxntid\s+(\d+)")]
    private static partial Regex Block();

    [GeneratedRegex(@"// shared memory: (\d+) bytes")]
    private static partial Regex Dynamic();

    [GeneratedRegex(@"^\s*(?:@!?%\w+\s+)?(?:mma|wgmma)\.", RegexOptions.Multiline)]
    private static partial Regex Products();

    // Labels that stand between lines of the source alone.
    [GeneratedRegex(@"^\s*(?:\.loc|\.file)\s|^\$L__tmp\d+:")]
    private static partial Regex Place();
}
