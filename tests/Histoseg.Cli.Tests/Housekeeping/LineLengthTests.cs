using System.Text.RegularExpressions;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>No line of a source or a page is longer than .editorconfig's <c>max_line_length</c>, which no formatter looks at.</summary>
public partial class LineLengthTests
{
    private static readonly string[] Endings = [".cs", ".cu", ".cuh", ".md", ".sh", ".py", ".csproj", ".props", ".targets", ".yaml"];

    [Fact]
    public void No_line_is_too_long()
    {
        var most = int.Parse(Setting().Match(File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig"))).Groups[1].Value);
        var faults = Files().SelectMany(file => TooLong(file, File.ReadAllText(Path.Combine(Repository.Root, file)), most)).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void A_line_too_long_is_found_in_code_and_in_text_but_not_in_a_table()
    {
        var text = $"short\n{new string('x', 20)}\n| {new string('x', 20)} |\n{new string('é', 21)}\r\n";
        Assert.Equal(["a.cs:3: 24 columns", "a.cs:4: 21 columns"], TooLong("a.cs", text, 20));
        Assert.Equal(["a.md:4: 21 columns"], TooLong("a.md", text, 20));
    }

    [Fact]
    public void Every_kind_of_file_is_looked_at()
    {
        var files = Files().ToList();
        Assert.All(["README.md", "build.cs", "docs/architecture.md", "src/Histoseg.Cuda/CudaLibraries.cs", "kernels/gemm.cuh", "kernels/gicn.cu"],
            file => Assert.Contains(file, files));
        Assert.DoesNotContain(files, file => file.Contains("/obj/"));
    }

    private static IEnumerable<string> TooLong(string file, string text, int most)
    {
        var hasTables = file.EndsWith(".md", StringComparison.Ordinal);
        return text.ReplaceLineEndings("\n").Split('\n').Select((line, i) => (Line: line, Number: i + 1))
            .Where(at => at.Line.Length > most && !(hasTables && at.Line.StartsWith('|')))
            .Select(at => $"{file}:{at.Number}: {at.Line.Length} columns");
    }

    // Relative to the root, with slashes; what is built lies in folders that the repository ignores.
    private static IEnumerable<string> Files()
    {
        var folders = Directory.GetDirectories(Repository.Root).Where(folder => Path.GetFileName(folder) is var name && name != "out" && name[0] != '.');
        return Directory.GetFiles(Repository.Root)
            .Concat(folders.SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => Endings.Contains(Path.GetExtension(file)) && !file.Split('/').Any(part => part is "bin" or "obj"));
    }

    [GeneratedRegex(@"(?m)^max_line_length = (\d+)\r?$")]
    private static partial Regex Setting();
}
