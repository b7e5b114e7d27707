using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Histoseg.Cli.Tests.Housekeeping;

/// <summary>The examples for C# programs compile, run, and are what docs/library.md shows.</summary>
public partial class SampleTests
{
    private static readonly string Sources = Path.Combine(Repository.Root, "samples", "Histoseg.Samples");

    [Fact]
    public async Task The_samples_train_and_segment()
    {
        using var folder = new TempFolder();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Histoseg.Samples.dll"), folder[""]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var program = Process.Start(start)!;
        var error = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.True(program.ExitCode == 0, await error);
        Assert.Contains("run/model: Dice 0.", output.Replace('\\', '/'));
        Assert.Contains("all examples ran", output);
        Assert.All(
            ["run/report.html", "unet/model/model.json", "out/segmentations/synth_002.tif", "out-tta/model-outputs-geojson/synth_000.geojson"],
            file => Assert.True(File.Exists(folder[file]), file));
        Assert.Contains("\"name\": \"two-scales\"", File.ReadAllText(folder["run/model/model.json"]));
    }

    /// <summary>Each block of code of the page stands in a file of the sample, but for what joins it to the rest of its file.</summary>
    [Fact]
    public void The_page_shows_the_samples()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "library.md"));
        var sources = Directory.GetFiles(Sources, "*.cs").Select(file => Trimmed(File.ReadAllText(file))).ToList();
        var blocks = Block().Matches(page).Select(match => Trimmed(match.Groups[1].Value)).ToList();
        Assert.True(blocks.Count >= 5);
        foreach (var piece in blocks.SelectMany(block => block.Split("\n\n")).Where(piece => piece.Length > 0))
            Assert.True(sources.Any(source => source.Contains(piece, StringComparison.Ordinal)), piece);
    }

    // Usings stand in another order, and the page does not indent what a method holds.
    private static string Trimmed(string code) =>
        string.Join('\n', code.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()).Where(line => !line.StartsWith("using Histoseg")));

    [GeneratedRegex(@"(?s)```csharp\r?\n(.*?)```")]
    private static partial Regex Block();
}
