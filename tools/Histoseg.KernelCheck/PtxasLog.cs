using System.Text.RegularExpressions;

namespace Histoseg.KernelCheck;

/// <summary>What ptxas tells of a kernel.</summary>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="Spilled">Bytes of registers that a thread stores to local memory, for want of more of them.</param>
/// <param name="Shared">Static shared memory of a block, bytes.</param>
internal readonly partial record struct PtxasLog(int Registers, int Spilled, int Shared)
{
    /// <summary>Every kernel of what <c>ptxas -v</c> prints.</summary>
    public static Dictionary<string, PtxasLog> Read(string log)
    {
        var kernels = new Dictionary<string, PtxasLog>();
        foreach (var part in log.Split("Compiling entry function '").Skip(1))
            kernels[part[..part.IndexOf('\'')]] = new(Number(Used().Match(part)), Number(Stores().Match(part)), Number(Memory().Match(part)));
        return kernels;
    }

    private static int Number(Match match) => match.Success ? int.Parse(match.Groups[1].Value) : 0;

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Used();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex Stores();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Memory();
}
