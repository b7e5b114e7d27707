using System.CommandLine;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck summary</c>: the results of all verbs, and PyTorch's, as one page.</summary>
internal sealed class SummaryVerb : Verb
{
    private readonly Argument<string> _folder = new("folder") { Description = "Folder with the .jsonl files; summary.md is written into it" };

    /// <summary>The verb.</summary>
    public SummaryVerb(TextWriter output)
        : base("summary",
            "Writes summary.md from the .jsonl files of a folder: machine, checks, timings, ratios to PyTorch. Needs no GPU.", output, writesResults: false) =>
        Add(_folder);

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        var folder = given.GetValue(_folder)!;
        if (!Directory.Exists(folder))
            throw new IOException($"there is no folder {folder}");
        var page = Summary.Of(ResultLine.ReadAll(folder));
        File.WriteAllText(Path.Combine(folder, "summary.md"), page);
        Out.Write(page);
        return ExitCode.Passed;
    }
}
