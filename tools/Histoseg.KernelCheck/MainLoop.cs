using System.Text.RegularExpressions;

namespace Histoseg.KernelCheck;

/// <summary>The innermost loop of a kernel that has most tensor-core instructions: each takes one issue slot, as every other instruction does.</summary>
/// <param name="Tensor">Tensor-core instructions.</param>
/// <param name="Instructions">Instructions in all.</param>
/// <param name="Local">Reads and writes of local memory.</param>
internal readonly partial record struct MainLoop(int Tensor, int Instructions, int Local)
{
    /// <summary>The main loops of a module, by kernel; those without tensor-core instructions in a loop have none.</summary>
    /// <param name="sass">What <c>nvdisasm -c</c> prints.</param>
    public static Dictionary<string, MainLoop> Of(string sass)
    {
        var loops = new Dictionary<string, MainLoop>();
        var (kernel, labels, code) = ("", new Dictionary<string, int>(), new List<string>());
        foreach (var line in sass.Split('\n'))
            if (Function().Match(line) is { Success: true } function)
            {
                Keep();
                (kernel, labels, code) = (function.Groups[1].Value, [], []);
            }
            else if (Label().Match(line) is { Success: true } label)
                labels[label.Groups[1].Value] = code.Count;
            else if (Instruction().Match(line) is { Success: true } instruction)
                code.Add(instruction.Groups[1].Value);
        Keep();
        return loops;

        void Keep()
        {
            if (In(code, labels) is { } loop)
                loops[kernel] = loop;
        }
    }

    private static MainLoop? In(List<string> code, Dictionary<string, int> labels)
    {
        // A loop: from a label to a branch back to it.
        var loops = (from end in Enumerable.Range(0, code.Count)
                     let branch = Branch().Match(code[end])
                     where branch.Success && labels.TryGetValue(branch.Groups[1].Value, out var start) && start <= end
                     let first = labels[branch.Groups[1].Value]
                     let body = code.GetRange(first, end + 1 - first)
                     let tensor = body.Count(Tensors().IsMatch)
                     where tensor > 0
                     select (First: first, End: end, Loop: new MainLoop(tensor, body.Count, body.Count(LocalMemory().IsMatch)))).ToList();
        var innermost = loops.Where(outer => !loops.Any(inner => inner != outer && inner.First >= outer.First && inner.End <= outer.End)).ToList();
        return innermost.Count == 0 ? null : innermost.MaxBy(loop => loop.Loop.Tensor).Loop;
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static MainLoop? Parse(string text) =>
        Written().Match(text) is { Success: true } match ? new(Number(match, 1), Number(match, 2), match.Groups[3].Success ? Number(match, 3) : 0) : null;

    /// <summary><c>64/208</c>, with accesses of local memory <c>64/208+3</c>.</summary>
    public override string ToString() => $"{Tensor}/{Instructions}{(Local > 0 ? $"+{Local}" : "")}";

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value);

    [GeneratedRegex(@"^\.text\.(\w+):")]
    private static partial Regex Function();

    [GeneratedRegex(@"^(\.L\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s+/\*[0-9a-f]{4,}\*/\s+(.*?)\s*;")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^(?:@!?U?P\w+ )?\s*BRA\b.*`\((\.L\w+)\)")]
    private static partial Regex Branch();

    [GeneratedRegex(@"^(?:@!?U?P\w+ )?\s*[HIBDQ]G?MMA\b")]
    private static partial Regex Tensors();

    [GeneratedRegex(@"^(?:@!?U?P\w+ )?\s*(?:LDL|STL)\b")]
    private static partial Regex LocalMemory();

    [GeneratedRegex(@"^(\d+)/(\d+)(?:\+(\d+))?$")]
    private static partial Regex Written();
}
