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
        [$"segmentations/{name}.tif", $"heatmaps/{name}.tif", $"model-outputs-geojson/{name}.geojson", $"model-outputs-csv/{name}.csv", $"overlays/{name}.jpg"];

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

    [SkippableFact]
    public void A_slide_that_crashes_the_program_has_failed_and_the_rest_is_done()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signals of Linux");
        using var process = EngineProcess.Start(Infer("--overlap", "0.9", "--threads", "1", "--batch-size", "1"));
        process.Await(() => Directory.Exists(_folder["out/model-outputs-geojson"])
            && Directory.GetFiles(_folder["out"], "synth_000.*.partial-*", SearchOption.AllDirectories).Length >= 3);
        process.KillWorker();
        var result = process.Wait().Expect(ExitCode.SomeSlidesFailed);
        Assert.Equal([$"failed  {_folder["slides/synth_000.tif"]}", $"done    {_folder["slides/synth_001.tif"]}"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(result.ErrorLines, line => line.StartsWith($"engine: {_folder["slides/synth_000.tif"]}: the program was killed",
            StringComparison.Ordinal));
        Assert.Contains(result.ErrorLines, line => line.StartsWith("engine: synth_001.tif: done in ", StringComparison.Ordinal));
        Assert.Contains("synth_000", Assert.Single(File.ReadAllLines(_folder["out/failures.csv"]).Skip(1)));
        Assert.Single(Directory.GetFiles(_folder["out"], "run_metadata_*.json"));
        Assert.Empty(Directory.GetFiles(_folder["out"], "*.partial-*", SearchOption.AllDirectories));
        Assert.All(Outputs("synth_001"), file => Assert.True(File.Exists(_folder[$"out/{file}"]), file));
        Assert.All(Outputs("synth_000"), file => Assert.False(File.Exists(_folder[$"out/{file}"]), file));
    }

    [Fact]
    public void Two_programs_at_once_share_the_slides()
    {
        using var first = EngineProcess.Start(Infer());
        using var second = EngineProcess.Start(Infer());
        var lines = new[] { first.Wait().Expect(ExitCode.Success), second.Wait().Expect(ExitCode.Success) }
            .SelectMany(result => result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Good.SelectMany(name => new[] { $"done    {_folder[$"slides/{name}.tif"]}", $"skipped {_folder[$"slides/{name}.tif"]}" })
            .Order(StringComparer.Ordinal), lines);
        Assert.All(AllOutputs, file => Assert.True(File.Exists(file), file));
        Assert.Equal(2, Directory.GetFiles(_folder["out"], "run_metadata_*.json").Length);
    }

    [Fact]
    public void A_start_that_fails_leaves_no_folder()
    {
        EngineProcess.Run("infer", "-i", _folder["slides"], "-o", _folder["out"], "-m", _folder["slides"]).Expect(ExitCode.Failed)
            .ExpectOneClearLine("no model folder");
        EngineProcess.Run(Infer("--device", "cuda:99")).Expect(ExitCode.Failed).ExpectOneClearLine("cuda:99");
        EngineProcess.Run(Infer("--slide-timeout", "-1")).Expect(ExitCode.BadUsage).ExpectOneClearLine("--slide-timeout -1");
        Assert.False(Directory.Exists(_folder["out"]));
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
        Assert.Equal("slide,error,code", lines[0]);
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
