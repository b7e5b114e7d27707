using System.Text.RegularExpressions;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>What .editorconfig says of sources and pages and the compiler does not look at: lines' lengths, files' ends, the order of usings.</summary>
public partial class TidinessTests
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
    public void Usings_are_in_order_and_files_end_with_a_line()
    {
        var texts = Files().Select(file => (Name: file, Text: File.ReadAllText(Path.Combine(Repository.Root, file)))).ToList();
        var faults = texts.Where(file => !EndsInALine(file.Text)).Select(file => $"{file.Name}: its end is no line's, or an empty line's")
            .Concat(texts.Where(file => Path.GetExtension(file.Name) == ".cs").SelectMany(file => OutOfOrder(file.Name, file.Text))).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void What_is_out_of_order_is_found()
    {
        Assert.Equal(["a.cs: using System.Text; belongs before using B.C;"], OutOfOrder("a.cs", "using B;\nusing B.C;\nusing System.Text;\n\nusing A;\n"));
        Assert.Empty(OutOfOrder("a.cs", "using System.Text;\nusing System.Text.Json;\nusing A.B;\nusing AB;\nusing static System.Math;\nusing D = A.C;\n"));
        Assert.All(["x", "x\n\n"], text => Assert.False(EndsInALine(text)));
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

    private static bool EndsInALine(string text) => text.Length == 0 || (text[^1] == '\n' && !text.EndsWith("\n\n", StringComparison.Ordinal));

    // .NET's own namespaces come first. A group that an empty line or other code ends is looked at by itself.
    private static IEnumerable<string> OutOfOrder(string file, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 1; i < lines.Length; i++)
            if (Using().Match(lines[i - 1]) is { Success: true } before && Using().Match(lines[i]) is { Success: true } after
                && string.Compare(Key(before), Key(after), StringComparison.OrdinalIgnoreCase) > 0)
                yield return $"{file}: {lines[i]} belongs before {lines[i - 1]}";

        // A dot sorts before all that a name may hold.
        static string Key(Match line) => (line.Groups[1].Value is var name && name.Split('.')[0] == "System" ? "0" : "1") + name;
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

    [GeneratedRegex(@"^using ([\w.]+);$")]
    private static partial Regex Using();
}
