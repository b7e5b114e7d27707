using System.Text.Json;
using Histoseg.Cli.Terminal;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using NetTopologySuite.Features;
using NetTopologySuite.IO.Converters;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>Segmenting a folder in which some slides are bad, again and again, and killed on the way.</summary>
[Collection(RobustnessTests.Name)]
public sealed class BadSlidesTests : IDisposable
{
    private static readonly string[] Good = ["synth_000", "synth_001"];
    private static readonly string[] Bad = ["cut.tif", "empty.tif", "text.svs"];

    private readonly TempFolder _folder = new();

    public BadSlidesTests(Workshop workshop)
    {
        Directory.CreateDirectory(_folder["slides"]);
        foreach (var name in Good)
            File.Copy(workshop[$"slides/{name}.tif"], _folder[$"slides/{name}.tif"]);
        // All tissue is tumour, so that there is something to outline.
        workshop.CopyModel(_folder["model"], (name, data) =>
        {
            if (name == "head.bias")
                data[1] += 100;
        });
        Workshop.CopyCut(workshop["slides/synth_002.tif"], _folder["cut.tif"], 0.6);
        File.WriteAllText(_folder["text.svs"], "This is no slide.\n");
        File.WriteAllBytes(_folder["empty.tif"], []);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Infer(params string[] more) => ["infer", "-i", _folder["slides"], "-o", _folder["out"], "-m", _folder["model"], .. more];

    private static string[] Outputs(string name) =>
        [$"segmentations/{name}.tif", $"heatmaps/{name}.tif", $"model-outputs-geojson/{name}.geojson", $"model-outputs-csv/{name}.csv"];

    private IEnumerable<string> AllOutputs => Good.SelectMany(Outputs).Select(file => _folder[$"out/{file}"]);

    [Fact]
    public void Bad_slides_are_listed_and_the_good_ones_done_once()
    {
        foreach (var name in Bad)
            File.Move(_folder[name], _folder[$"slides/{name}"]);
        var first = EngineProcess.Run(Infer()).Expect(ExitCode.SomeSlidesFailed);
        AssertStates(first, "done");
        Assert.All(Bad,
            name => Assert.Contains(first.Error.Split('\n'), line => line.StartsWith($"engine: {_folder[$"slides/{name}"]}", StringComparison.Ordinal)));
        Assert.DoesNotContain("   at ", first.Error);
        Assert.All(AllOutputs, file => Assert.True(File.Exists(file), file));
        Assert.Equal(AllOutputs.Order(), Directory.GetFiles(_folder["out"], "*", SearchOption.AllDirectories)
            .Where(file => Path.GetDirectoryName(file) != _folder["out"] && !file.Contains(".done")).Order());
        AssertFailures();
        AssertMasksAndOutlines();

        var times = AllOutputs.Select(File.GetLastWriteTimeUtc).ToList();
        AssertStates(Workshop.Run(Infer()).Expect(ExitCode.SomeSlidesFailed), "skipped");
        Assert.Equal(times, AllOutputs.Select(File.GetLastWriteTimeUtc));
        AssertFailures();

        AssertStates(Workshop.Run(Infer("--overwrite")).Expect(ExitCode.SomeSlidesFailed), "done");
        Assert.All(times.Zip(AllOutputs), pair => Assert.True(File.GetLastWriteTimeUtc(pair.Second) > pair.First, pair.Second));
    }

    [Fact]
    public void Killed_in_the_middle_leaves_nothing_that_looks_like_a_result()
    {
        using (var slow = EngineProcess.Start(Infer("--overlap", "0.9", "--tta", "--threads", "1", "--batch-size", "1")))
        {
            slow.Await(() => Directory.Exists(_folder["out/model-outputs-geojson"])
                && Directory.GetFiles(_folder["out"], "*.partial-*", SearchOption.AllDirectories).Length >= 3);
            slow.Kill();
            slow.Wait().Expect(EngineProcess.Killed);
        }
        Assert.All(AllOutputs, file => Assert.False(File.Exists(file), file));

        AssertStates(Workshop.Run(Infer()).Expect(ExitCode.Success), "done", bad: []);
        Assert.All(AllOutputs, file => Assert.True(File.Exists(file), file));
        Assert.Empty(Directory.GetFiles(_folder["out"], "*.partial-*", SearchOption.AllDirectories));
    }

    [Fact]
    public void When_every_slide_is_bad_the_run_failed()
    {
        Directory.Delete(_folder["slides"], recursive: true);
        Directory.CreateDirectory(_folder["slides"]);
        File.Move(_folder["text.svs"], _folder["slides/text.svs"]);
        Assert.NotEqual(ExitCode.Success, Workshop.Run(Infer()).Code);
    }

    private void AssertStates(EngineResult result, string good, string[]? bad = null) => Assert.Equal(
        Good.Select(name => $"{good,-8}{_folder[$"slides/{name}.tif"]}").Concat((bad ?? Bad).Select(name => $"failed  {_folder[$"slides/{name}"]}")).Order(),
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order());

    private void AssertFailures()
    {
        var lines = File.ReadAllLines(_folder["out/failures.csv"]);
        Assert.Equal("slide,error", lines[0]);
        Assert.Equal(Bad.Length, lines.Length - 1);
        Assert.All(Bad,
            name => Assert.Matches($"slides/{name},.{{20,}}",
            Assert.Single(lines, line => line.StartsWith(_folder[$"slides/{name}"], StringComparison.Ordinal))));
    }

    private void AssertMasksAndOutlines()
    {
        var json = new JsonSerializerOptions { Converters = { new GeoJsonConverterFactory() } };
        foreach (var name in Good)
        {
            using var mask = SlideFile.Open(_folder[$"out/segmentations/{name}.tif"]);
            Assert.Equal((int)(Workshop.SlideSize * 0.5 / Workshop.ModelMpp), mask.Levels[0].Width);
            Assert.Equal(mask.Levels[0].Width, mask.Levels[0].Height);
            Assert.Equal(Workshop.ModelMpp, SlideScale.Resolve(mask).MicronsPerPixel, 3);

            var outlines = JsonSerializer.Deserialize<FeatureCollection>(File.ReadAllText(_folder[$"out/model-outputs-geojson/{name}.geojson"]), json)!;
            Assert.NotEmpty(outlines);
            Assert.All(outlines, outline =>
            {
                Assert.True(outline.Geometry.IsValid);
                Assert.InRange(outline.Geometry.EnvelopeInternal.MaxX, 1, Workshop.SlideSize);
            });
        }
    }
}
