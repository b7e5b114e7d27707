using System.Text.Json;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Several runs on one output folder.</summary>
public sealed class SharedFolderTests : IDisposable
{
    private static readonly InferenceModel _model = new("fake-net", "model", "hash-1", ["background", "tumour", "gland"], 0.5, "CPU");
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-shared-").FullName;
    private readonly List<string> _opened = [];
    private readonly string _slides, _out;

    public SharedFolderTests()
    {
        _slides = Directory.CreateDirectory(Path.Combine(_root, "slides")).FullName;
        _out = Path.Combine(_root, "out");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Slide(string name, string kind = "good")
    {
        var path = Path.Combine(_slides, name);
        File.WriteAllText(path, kind);
        return path;
    }

    private ISlide Open(string path)
    {
        lock (_opened)
            _opened.Add(Path.GetFileName(path));
        return File.ReadAllText(path) == "good" ? new FakeSlide(100, 80, (_, _) => (200, 60, 160)) { Path = path } : throw new SlideError($"{path}: no slide");
    }

    private BatchInference Batch(Func<string, ISlide>? open = null, bool overwrite = false, Action<string>? note = null) =>
        new(FakeSegmenter.ByColour(32), _model, new() { Outputs = [OutputKinds.Csv], Overwrite = overwrite }, open ?? Open, note: note);

    private string[] Failures() => [.. File.ReadAllLines(Path.Combine(_out, "failures.csv")).Skip(1).Select(line => Path.GetFileName(line.Split(',')[0]))];

    private string[] Claims() => Directory.GetFiles(Path.Combine(_out, ".done"), "*.claim");

    private static JsonElement Metadata(BatchInferenceResult result) => JsonDocument.Parse(File.ReadAllText(result.MetadataPath)).RootElement;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_runs_at_once_do_every_slide_once_and_both_tell_of_all(bool overwrite)
    {
        string[] names = ["a.svs", "b.svs", "c.svs", "d.svs", "e.svs", "f.svs"];
        foreach (var name in names)
            Slide(name, name == "c.svs" ? "bad" : "good");
        if (overwrite)
            Batch().Run([_slides], _out);
        _opened.Clear();
        using var both = new Barrier(2);
        Task<BatchInferenceResult> Start()
        {
            var first = true;
            return Task.Run(() => Batch(path =>
            {
                // Neither goes on before the other has a slide as well.
                if (first)
                    Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30)));
                first = false;
                return Open(path);
            }, overwrite).Run([_slides], _out));
        }
        var results = await Task.WhenAll(Start(), Start());

        // What is bad is tried again where it was opened beside another.
        Assert.Equal(names.Where(name => name != "c.svs"), _opened.Where(name => name != "c.svs").Order(StringComparer.Ordinal));
        Assert.InRange(_opened.Count(name => name == "c.svs"), 1, 2);
        Assert.Equal(5, results.Sum(result => result.Done));
        Assert.All(results, result => Assert.InRange(result.Slides.Count(slide => slide.Seconds > 0), 1, 5));
        Assert.All(results, result => Assert.Equal((6, 5, 1, WorkOutcome.Partial),
            (result.Slides.Count, result.Done + result.Skipped, result.WithErrors, result.Outcome)));
        Assert.Equal(["c.svs"], Failures());
        Assert.Empty(Claims());
        Assert.NotEqual(results[0].MetadataPath, results[1].MetadataPath);
        Assert.All(results, result => Assert.Equal((6, JsonValueKind.String),
            (Metadata(result).GetProperty("slides").GetArrayLength(), Metadata(result).GetProperty("finished").ValueKind)));
        Assert.Equal(5, Directory.GetFiles(Path.Combine(_out, "model-outputs-csv")).Length);
    }

    [Fact]
    public void A_run_waits_for_the_slide_of_another_and_takes_it_over_when_that_gives_up()
    {
        Slide("a.svs");
        Slide("b.svs");
        var other = SlideClaim.TryTake(_out, "a", Path.Combine(_slides, "a.svs"), default);
        var notes = new List<string>();
        var reports = new List<(string Path, int Number)>();
        var result = Batch(note: line =>
        {
            notes.Add(line);
            other!.Dispose();
        }).Run([_slides], _out, new Reports(report =>
        {
            if (report.Outcome is not null)
                reports.Add((Path.GetFileName(report.Path), report.Slide));
        }));
        Assert.Equal(["1 slide is at work in other programs; waiting for them"], notes);
        Assert.Equal([("b.svs", 1), ("a.svs", 2)], reports);
        Assert.Equal(["a.svs", "b.svs"], result.Slides.Select(slide => Path.GetFileName(slide.Path)));
        Assert.Equal(2, result.Done);
    }

    [Fact]
    public void Waiting_for_another_can_be_stopped()
    {
        Slide("a.svs");
        using var other = SlideClaim.TryTake(_out, "a", Path.Combine(_slides, "a.svs"), default);
        using var stop = new CancellationTokenSource();
        var result = Batch(note: _ => stop.Cancel()).Run([_slides], _out, cancellation: stop.Token);
        Assert.True(result.Cancelled);
        Assert.Empty(result.Slides);
        Assert.Single(Claims());
    }

    [Theory]
    [InlineData("{\"host\":\"HERE\",\"process\":1,\"since\":\"2026-01-01T00:00:00Z\",\"slide\":\"a\"}", 0, true)]
    [InlineData("{\"host\":\"elsewhere\",\"process\":1,\"since\":\"2026-01-01T00:00:00Z\",\"slide\":\"a\"}", 0, false)]
    [InlineData("{\"host\":\"elsewhere\",\"process\":1,\"since\":\"2026-01-01T00:00:00Z\",\"slide\":\"a\"}", 4, false)]
    [InlineData("{\"host\":\"elsewhere\",\"process\":1,\"since\":\"2026-01-01T00:00:00Z\",\"slide\":\"a\"}", 6, true)]
    [InlineData("{\"host\":\"HERE\",\"process\":1,\"since\":\"2026-01-01T00:00:00Z\",\"slide\":\"a\",\"boot\":\"another\"}", 4, false)]
    [InlineData("{\"host\":\"HERE\",\"process\":1,\"since\":\"2026-01-01T00:00:00Z\",\"slide\":\"a\",\"boot\":\"another\"}", 6, true)]
    [InlineData("{ broken", 0, false)]
    [InlineData("{ broken", 1, true)]
    [InlineData("", 0, false)]
    [InlineData("", 1, true)]
    public void Claims_of_the_dead_are_taken_over(string left, int minutesOld, bool isTaken)
    {
        var path = SlideClaim.PathOf(_out, "a");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, left.Replace("HERE", Environment.MachineName, StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-minutesOld));
        using (var claim = SlideClaim.TryTake(_out, "a", "a.svs", default))
        {
            Assert.Equal(isTaken, claim is not null);
            Assert.True(File.Exists(path));
            if (isTaken)
                Assert.Null(SlideClaim.TryTake(_out, "a", "a.svs", default));
        }
        Assert.Equal(!isTaken, File.Exists(path));
    }

    [Fact]
    public void Failures_are_those_of_all_runs_that_are_still_so()
    {
        var (a, b) = (Slide("a.svs", "bad"), Slide("b.svs", "bad"));
        var first = Batch().Run([a, Path.Combine(_slides, "none.svs")], _out);
        Assert.Equal(["a.svs", "none.svs"], Failures());
        var second = Batch().Run([b], _out);
        // The run that looked for a slide in vain is over, and this one does not look for it.
        Assert.Equal(["a.svs", "b.svs"], Failures());
        Slide("a.svs");
        Batch().Run([a], _out);
        Assert.Equal(["b.svs"], Failures());
        File.Delete(b);
        Batch().Run([a], _out);
        Assert.Empty(Failures());
        Assert.Equal(["a.svs", "none.svs"], Errors(first));
        Assert.Equal(["b.svs"], Errors(second));

        static string[] Errors(BatchInferenceResult run) =>
            [.. Metadata(run).GetProperty("slides").EnumerateArray().Where(slide => slide.GetProperty("error").ValueKind == JsonValueKind.String)
                .Select(slide => Path.GetFileName(slide.GetProperty("path").GetString()!)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void While_a_run_is_at_work_another_takes_nothing_of_it_away()
    {
        var (a, b) = (Slide("a.svs"), Slide("b.svs"));
        var partial = Path.Combine(_out, "model-outputs-csv", "x.csv.partial-01234567");
        BatchInferenceResult? inner = null;
        var outer = Batch(path =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
            File.WriteAllText(partial, "just begun, and not held yet");
            inner = Batch().Run([b], _out);
            Assert.True(File.Exists(partial));
            Assert.Contains("none.svs", Failures());
            return Open(path);
        }).Run([a, Path.Combine(_slides, "none.svs")], _out);
        Assert.Equal((1, 1), (inner!.Done, outer.Done));
        Assert.Single(inner.Slides);
        Batch().Run([a], _out);
        Assert.False(File.Exists(partial));
    }

    [Fact]
    public void What_a_killed_one_left_of_a_slide_goes_when_the_slide_is_taken_over()
    {
        var (a, b) = (Slide("a.svs"), Slide("b.svs"));
        var (dead, other) = (Path.Combine(_out, "heatmaps", "b.tif.partial-01234567"), Path.Combine(_out, "heatmaps", "c.tif.partial-01234567"));
        Batch(path =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(dead)!);
            File.WriteAllText(dead, "half");
            File.WriteAllText(other, "of a slide that another may be at");
            File.WriteAllText(SlideClaim.PathOf(_out, "b"),
                JsonSerializer.Serialize(new ClaimNote(Environment.MachineName, 1, DateTime.UtcNow, "b"), RunMetadata.Json));
            Assert.Equal(1, Batch().Run([b], _out).Done);
            Assert.Equal((false, true), (File.Exists(dead), File.Exists(other)));
            return Open(path);
        }).Run([a], _out);
    }

    [Fact]
    public void A_part_of_a_run_that_was_cut_off_is_gone_on_with()
    {
        var (a, b, c) = (Slide("a.svs"), Slide("b.svs"), Slide("c.svs"));
        var begun = Batch().Run([a], _out);
        _opened.Clear();
        var crashed = new SlideOutcome(b, "b", SlideStatus.Failed, $"{b}: the program came to grief on it");
        var earlier = new EarlierPart(new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), begun.MetadataPath, [begun.Slides[0], crashed]);
        var result = Batch().Run([_slides], _out, part: new() { Earlier = earlier });
        Assert.Equal(["c.svs"], _opened);
        Assert.Equal([SlideStatus.Done, SlideStatus.Failed, SlideStatus.Done], result.Slides.Select(slide => slide.Status));
        Assert.Equal(begun.MetadataPath, result.MetadataPath);
        Assert.Equal("2026-01-02T03:04:05Z", Metadata(result).GetProperty("started").GetString());
        Assert.Equal(["b.svs"], Failures());
        Assert.True(File.Exists(c));
    }

    [Fact]
    public void Areas_of_the_classes_are_told()
    {
        Slide("a.svs");
        var areas = Batch().Run([_slides], _out).Slides[0].AreasMm2!;
        Assert.Equal(["tumour", "gland"], areas.Keys);
        Assert.Equal(100 * 80 * 0.25e-6, areas["tumour"], 12);
        Assert.Equal(0, areas["gland"]);
    }

    private sealed class Reports(Action<InferenceProgress> act) : IProgress<InferenceProgress>
    {
        public void Report(InferenceProgress value) => act(value);
    }
}
