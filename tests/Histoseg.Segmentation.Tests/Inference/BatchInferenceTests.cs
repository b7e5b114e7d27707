using System.Text.Json;
using System.Text.RegularExpressions;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Tests.Inference;

public sealed class BatchInferenceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-batch-").FullName;
    private readonly string _slides, _out;
    private readonly FakeSegmenter _segmenter = FakeSegmenter.ByColour(32);

    public BatchInferenceTests()
    {
        _slides = Directory.CreateDirectory(Path.Combine(_root, "slides")).FullName;
        _out = Path.Combine(_root, "out");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static readonly InferenceModel _model = new("fake-net", "model", "hash-1", ["background", "tumour", "gland"], 0.5, "CPU");

    /// <summary>A file whose text says what the fake slide in it is like.</summary>
    private string Slide(string name, string kind = "good")
    {
        var path = Path.Combine(_slides, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, kind);
        return path;
    }

    private static ISlide Open(string path) => File.ReadAllText(path) switch
    {
        "good" => new FakeSlide(100, 80, (_, _) => (200, 60, 160)) { Path = path },
        "partly" => new FakeSlide(100, 80, (_, _) => (200, 60, 160)) { Path = path, Corrupt = (90, 70, 100, 80) },
        "unreadable" => new FakeSlide(100, 80, (_, _) => (200, 60, 160)) { Path = path, Corrupt = (0, 0, 100, 80) },
        "breaks" => new FakeSlide(100, 80, (_, y) => y > 60 ? throw new SlideError($"{path}: breaks off") : ((byte)200, (byte)60, (byte)160)) { Path = path },
        "specks" =>
            new FakeSlide(100, 80,
                (x, y) => IsTumour(x, y, asDrawn: true) ? ((byte)200, (byte)60, (byte)160) : ((byte)210, (byte)200, (byte)210))
            { Path = path },
        "bug" => throw new InvalidOperationException("two\nlines"),
        "no scale" => new FakeSlide(100, 80, (_, _) => (200, 60, 160), mpp: null) { Path = path },
        var text => throw new SlideError($"{path}: not a slide: {text}"),
    };

    /// <summary>A square of tumour; as drawn it has a hole of 9 pixels and a speck of 4 beside it.</summary>
    private static bool IsTumour(long x, long y, bool asDrawn) =>
        (x is >= 20 and < 60 && y is >= 20 and < 60 && !(asDrawn && x is >= 40 and < 43 && y is >= 40 and < 43))
            || (asDrawn && x is >= 80 and < 82 && y is >= 10 and < 12);

    /// <summary>Writes rows to a file as a real writer does: beside it first.</summary>
    private sealed class FileRows(string path) : ILabelRows
    {
        private readonly FileStream _file = File.Create(path + ".partial");
        private bool _complete;

        public void Write(ReadOnlySpan<byte> rows) => _file.Write(rows);

        public void Complete()
        {
            _file.Dispose();
            File.Move(path + ".partial", path, overwrite: true);
            _complete = true;
        }

        public void Dispose()
        {
            _file.Dispose();
            if (!_complete)
                File.Delete(path + ".partial");
        }
    }

    private sealed class FullDisk(ILabelRows inner, bool onComplete) : ILabelRows
    {
        public void Write(ReadOnlySpan<byte> rows)
        {
            if (!onComplete)
                throw new SlideError("could not write", new IOException("No space left on device", 28));
        }

        public void Complete() => throw new IOException("No space left on device", 28);

        public void Dispose() => inner.Dispose();
    }

    private BatchInferenceResult Run(SegmentationSettings? settings = null, InferenceModel? model = null, IReadOnlyList<string>? inputs = null,
        Func<OutputRequest, ILabelRows>? open = null, IProgress<InferenceProgress>? progress = null, CancellationToken cancellation = default) =>
        new BatchInference(_segmenter, model ?? _model, settings ?? new(), Open, open ?? (request => new FileRows(request.Path)))
            .Run(inputs ?? [_slides], _out, progress, cancellation: cancellation);

    private string[] Files() => [.. Directory.GetFiles(_out, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(_out, file).Replace('\\', '/'))
        .Where(file => file != BatchPage.Name && !file.StartsWith("run_metadata_", StringComparison.Ordinal)
            && !file.StartsWith(".done/.", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    private static string[] All(string name) =>
        [$".done/{name}.json", $"heatmaps/{name}.tif", $"model-outputs-csv/{name}.csv", $"model-outputs-geojson/{name}.geojson", $"overlays/{name}.jpg",
            $"segmentations/{name}.tif"];

    private string Failures() => File.ReadAllText(Path.Combine(_out, "failures.csv"));

    [Fact]
    public void Good_slides_get_all_outputs_and_a_record()
    {
        Slide("a.svs");
        Slide("deep/b.tif");
        var requests = new List<OutputRequest>();
        var result = Run(model: _model with { MicronsPerPixel = 0.8 }, open: request =>
        {
            requests.Add(request);
            return new FileRows(request.Path);
        });
        Assert.Equal((2, 0, 0, WorkOutcome.Complete), (result.Done, result.Skipped, result.WithErrors, result.Outcome));
        Assert.Equal([.. All("a").Concat(All("b")).Append("failures.csv").Order(StringComparer.Ordinal)], Files());
        Assert.Equal("slide,error,code\r\n", Failures());
        Assert.All(requests, request => Assert.Equal((62, 50, 0.8, 1.6), (request.Width, request.Height, request.MicronsPerPixel, request.Downsample)));
        Assert.Equal(62 * 50, new FileInfo(Path.Combine(_out, "segmentations", "a.tif")).Length);
        Assert.All(File.ReadAllBytes(Path.Combine(_out, "segmentations", "a.tif")), label => Assert.Equal(1, label));
        Assert.All(File.ReadAllBytes(Path.Combine(_out, "heatmaps", "a.tif")), value => Assert.Equal(242, value));

        var metadata = JsonDocument.Parse(File.ReadAllText(result.MetadataPath)).RootElement;
        Assert.Equal("hash-1", metadata.GetProperty("model").GetProperty("hash").GetString());
        Assert.Equal(0.5, metadata.GetProperty("settings").GetProperty("overlap").GetDouble());
        Assert.Equal("CPU", metadata.GetProperty("model").GetProperty("device").GetString());
        Assert.Equal(2, metadata.GetProperty("slides").GetArrayLength());
        Assert.Equal("done", metadata.GetProperty("slides")[0].GetProperty("status").GetString());
        Assert.Matches(@"run_metadata_\d{8}T\d{6}Z(-\d+)?\.json$", result.MetadataPath);
    }

    [Fact]
    public void Bad_slides_do_not_stop_the_others()
    {
        Slide("1.svs", "plain text, with \"quotes\"");
        Slide("2.svs");
        Slide("3.svs", "breaks");
        Slide("4.svs", "bug");
        Slide("5.svs", "no scale");
        Slide("6.svs", "unreadable");
        Slide("7.svs");
        var result = Run();
        Assert.Equal((2, 5, WorkOutcome.Partial), (result.Done, result.WithErrors, result.Outcome));
        Assert.Equal([.. All("2").Concat(All("7")).Append("failures.csv").Order(StringComparer.Ordinal)], Files());
        var failures = Failures();
        Assert.Equal(6, failures.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("not a slide: plain text, with \"\"quotes\"\"\"", failures);
        Assert.Contains($"{Path.Combine(_slides, "4.svs")}: an unexpected error, details of which are in the run's metadata", failures);
        Assert.DoesNotContain("Exception", failures);
        Assert.Contains("InvalidOperationException: two\nlines", result.Slides[3].Details);
        Assert.Contains("give its µm per pixel", failures);
        Assert.Contains("cut short", failures);
    }

    [Fact]
    public void Nothing_done_is_exit_status_1()
    {
        Slide("a.svs", "text");
        Assert.Equal(WorkOutcome.Failed, Run().Outcome);
        var missing = Run(inputs: [Path.Combine(_slides, "none.svs"), Path.Combine(_slides, "*.ndpi")]);
        Assert.Equal((WorkOutcome.Failed, 2), (missing.Outcome, missing.WithErrors));
        Assert.Contains("no such file", Failures());
        Assert.Contains("no file matches", Failures());
    }

    [Fact]
    public void Corrupt_tiles_are_reported_with_the_outputs_kept_and_again_when_skipped()
    {
        Slide("a.svs", "partly");
        for (var run = 0; run < 2; run++)
        {
            var result = Run();
            Assert.Equal((1, WorkOutcome.Partial), (result.WithErrors, result.Outcome));
            Assert.Equal(run == 0 ? SlideStatus.Done : SlideStatus.Skipped, result.Slides[0].Status);
            Assert.Contains("patches cannot be read", Failures());
        }
        Assert.Contains((byte)255, File.ReadAllBytes(Path.Combine(_out, "segmentations", "a.tif")));
    }

    [Fact]
    public void Override_gives_a_scale()
    {
        Slide("a.svs", "no scale");
        var result = Run(new() { MppOverride = 0.25 });
        Assert.Equal((WorkOutcome.Complete, 0.25, "Override"), (result.Outcome, result.Slides[0].SlideMpp, result.Slides[0].ScaleSource));
        Assert.Equal(50, result.Slides[0].Segmentation!.Width);
    }

    [Fact]
    public void Done_slides_are_skipped_until_something_changes()
    {
        var slide = Slide("a.svs");
        SlideStatus Again(SegmentationSettings? settings = null, InferenceModel? model = null) => Run(settings, model).Slides.Single().Status;
        Assert.Equal(SlideStatus.Done, Again());
        Assert.Equal(SlideStatus.Skipped, Again());
        Assert.Equal(SlideStatus.Skipped, Again(new() { Outputs = [OutputKinds.Mask] }));
        Assert.Equal(SlideStatus.Done, Again(new() { Overwrite = true }));
        Assert.Equal(SlideStatus.Done, Again(model: _model with { Hash = "hash-2" }));
        Assert.Equal(SlideStatus.Done, Again());
        Assert.Equal(SlideStatus.Done, Again(new() { Overlap = 0.25 }));
        Assert.Equal(SlideStatus.Done, Again(new() { TissueRule = TissueRule.Otsu }));
        Assert.Equal(SlideStatus.Done, Again(new() { Crf = true }));
        Assert.Equal(SlideStatus.Skipped, Again(new() { Crf = true }));
        Assert.Equal(SlideStatus.Done, Again(new() { MinObjectMm2 = 0.1 }));
        Assert.Equal(SlideStatus.Skipped, Again(new() { MinObjectMm2 = 0.1 }));
        Assert.Equal(SlideStatus.Done, Again(new() { MinObjectMm2 = 0.1, FillHolesMm2 = 0.1 }));
        Assert.Equal(SlideStatus.Done, Again(new() { AllOutlines = true }));
        Assert.Equal(SlideStatus.Done, Again());
        File.SetLastWriteTimeUtc(slide, DateTime.UtcNow.AddHours(-3));
        Assert.Equal(SlideStatus.Done, Again());
        Assert.Equal(SlideStatus.Skipped, Again());
        File.Delete(Path.Combine(_out, "heatmaps", "a.tif"));
        Assert.Equal(SlideStatus.Done, Again());
        File.WriteAllText(Path.Combine(_out, ".done", "a.json"), "{ broken");
        Assert.Equal(SlideStatus.Done, Again());
        Assert.Equal(SlideStatus.Skipped, Again());
    }

    [Fact]
    public void Label_maps_are_cleaned_up_for_every_file_and_heat_maps_are_not()
    {
        Slide("a.svs", "specks");
        byte[] Pixels(string kind) => File.ReadAllBytes(Path.Combine(_out, kind));
        Run();
        var (drawn, heat) = (Pixels("segmentations/a.tif"), Pixels("heatmaps/a.tif"));
        Run(new() { MinObjectMm2 = 5 * 0.25e-6, FillHolesMm2 = 10 * 0.25e-6 });
        byte[] Expected(bool asDrawn) => [.. Enumerable.Range(0, 100 * 80).Select(at => IsTumour(at % 100, at / 100, asDrawn) ? (byte)1 : (byte)0)];
        Assert.Equal(Expected(asDrawn: true), drawn);
        Assert.All(["segmentations/a.tif", "model-outputs-geojson/a.geojson", "model-outputs-csv/a.csv"],
            file => Assert.Equal(Expected(asDrawn: false), Pixels(file)));
        Assert.Equal(heat, Pixels("heatmaps/a.tif"));
        Run(new() { MinObjectMm2 = 4 * 0.25e-6, FillHolesMm2 = 9 * 0.25e-6 });
        Assert.Equal(drawn, Pixels("segmentations/a.tif"));
    }

    [Fact]
    public void Specks_have_no_outline_unless_asked_for_and_stay_in_the_label_map()
    {
        Slide("a.svs", "specks");
        BatchInferenceResult Outlined(SegmentationSettings settings) =>
            new BatchInference(_segmenter, _model, settings with { Outputs = [OutputKinds.GeoJson, OutputKinds.Csv], Overwrite = true }, Open)
                .Run([_slides], _out);
        (int Outlines, string Areas) Written() => (Regex.Count(File.ReadAllText(Path.Combine(_out, "model-outputs-geojson", "a.geojson")), "\"Feature\""),
            File.ReadAllText(Path.Combine(_out, "model-outputs-csv", "a.csv")));

        var usual = Outlined(new());
        var (fewer, areas) = Written();
        Assert.Equal($"{Path.Combine(_out, "model-outputs-geojson", "a.geojson")}: the outlines leave out 1 object and 1 hole smaller than 16 pixels of the "
            + "label map (4 µm²); the label map has them all", Assert.Single(usual.Slides.Single().Notes));
        Assert.Contains("the outlines leave out 1 object and 1 hole", File.ReadAllText(usual.MetadataPath));
        var all = Outlined(new() { AllOutlines = true });
        Assert.Empty(all.Slides.Single().Notes);
        Assert.Equal((fewer + 1, areas), Written());
        // What is cleaned up by a size of the user's own is not left out a second time.
        Assert.Empty(Outlined(new() { MinObjectMm2 = 1e-9 }).Slides.Single().Notes);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, double.NaN)]
    public void Areas_that_are_none_are_refused(double minObject, double fillHoles) =>
        Assert.Contains("mm²", Assert.Throws<SlideError>(() => Run(new() { MinObjectMm2 = minObject, FillHolesMm2 = fillHoles })).Message);

    [Fact]
    public void Another_scale_or_patch_size_is_another_result()
    {
        Slide("a.svs");
        Assert.Equal(SlideStatus.Done, Run().Slides.Single().Status);
        var coarser = Run(model: _model with { MicronsPerPixel = 1 }).Slides.Single();
        Assert.Equal((SlideStatus.Done, 50), (coarser.Status, coarser.Segmentation?.Width));
        Assert.Equal(SlideStatus.Skipped, Run(model: _model with { MicronsPerPixel = 1 }).Slides.Single().Status);
        var larger = new BatchInference(FakeSegmenter.ByColour(64), _model with { MicronsPerPixel = 1 }, new(), Open, request => new FileRows(request.Path));
        Assert.Equal(SlideStatus.Done, larger.Run([_slides], _out).Slides.Single().Status);
    }

    [Fact]
    public void Outputs_of_the_same_model_add_up_and_those_of_another_go()
    {
        Slide("a.svs");
        Run(new() { Outputs = [OutputKinds.Mask] });
        Run(new() { Outputs = [OutputKinds.Csv] });
        Assert.Equal([".done/a.json", "failures.csv", "model-outputs-csv/a.csv", "segmentations/a.tif"], Files());
        Assert.Equal(1, Run(new() { Outputs = [OutputKinds.Csv, OutputKinds.Mask] }).Skipped);
        Run(new() { Outputs = [OutputKinds.Csv] }, _model with { Hash = "hash-2" });
        Assert.Equal([".done/a.json", "failures.csv", "model-outputs-csv/a.csv"], Files());
    }

    [Fact]
    public void Slides_of_one_name_are_told_apart()
    {
        Slide("p1/s.svs");
        Slide("p2/s.svs");
        Slide("p2/t.svs");
        var result = Run(new() { Outputs = [OutputKinds.Mask] });
        Assert.Equal(["p1_s", "p2_s", "t"], result.Slides.Select(slide => slide.Name));
        Assert.Contains("segmentations/p2_s.tif", Files());
    }

    [Fact]
    public void Outputs_of_another_slide_of_this_name_are_not_replaced_unasked()
    {
        var first = Slide("p1/s.svs");
        var second = Slide("p2/s.svs");
        Assert.Equal(WorkOutcome.Complete, Run(inputs: [first]).Outcome);
        var refused = Run(inputs: [second]);
        Assert.Equal(WorkOutcome.Failed, refused.Outcome);
        Assert.Contains(first, refused.Slides[0].Error);
        Assert.Equal(1, Run(inputs: [first]).Skipped);
        Assert.Equal(1, Run(new() { Overwrite = true }, inputs: [second]).Done);
    }

    [Fact]
    public void Output_folder_inside_the_input_folder_is_not_input()
    {
        Slide("a.svs");
        var nested = Path.Combine(_slides, "out");
        var batch = new BatchInference(_segmenter, _model, new(), Open, request => new FileRows(request.Path));
        Assert.Equal(1, batch.Run([_slides], nested).Done);
        var again = batch.Run([_slides], nested);
        Assert.Equal((1, 1), (again.Slides.Count, again.Skipped));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Full_disk_stops_with_one_error_and_leaves_no_part(bool onComplete)
    {
        Slide("a.svs");
        Slide("b.svs");
        // Of b's files, the first two are written; the third finds the disk full.
        var error = Assert.Throws<WriteError>(() =>
            Run(open: request => request.Path.EndsWith("b.tif", StringComparison.Ordinal) && request.Kind == OutputKinds.Heatmap
            ? new FullDisk(new FileRows(request.Path), onComplete)
            : new FileRows(request.Path)));
        Assert.Contains(Path.Combine("heatmaps", "b.tif"), error.Message);
        Assert.Contains("make room", error.Message);
        Assert.Equal([.. All("a").Append("failures.csv").Order(StringComparer.Ordinal)], Files());
    }

    [Fact]
    public void Output_folder_that_cannot_be_written_is_an_error_before_anything_runs()
    {
        Slide("a.svs");
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        var batch = new BatchInference(_segmenter, _model, new(), Open, request => new FileRows(request.Path));
        var error = Assert.Throws<WriteError>(() => batch.Run([_slides], Path.Combine(file, "out")));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(_segmenter.Calls);
    }

    private sealed class Reports(Action<InferenceProgress> act) : IProgress<InferenceProgress>
    {
        public List<InferenceProgress> All { get; } = [];

        public void Report(InferenceProgress value)
        {
            All.Add(value);
            act(value);
        }
    }

    [Fact]
    public void Cancelling_keeps_finished_slides_and_removes_the_one_at_work()
    {
        Slide("a.svs");
        Slide("b.svs");
        Slide("c.svs");
        using var stop = new CancellationTokenSource();
        var result = Run(progress: new Reports(report =>
        {
            if (report is { Slide: 2, Share: > 0.2 and < 1 })
                stop.Cancel();
        }), cancellation: stop.Token);
        Assert.True(result.Cancelled);
        Assert.Equal((1, WorkOutcome.Failed), (result.Done, result.Outcome));
        Assert.Equal([.. All("a").Append("failures.csv").Order(StringComparer.Ordinal)], Files());
        Assert.True(JsonDocument.Parse(File.ReadAllText(result.MetadataPath)).RootElement.GetProperty("cancelled").GetBoolean());
        var rest = Run();
        Assert.Equal((2, 1, WorkOutcome.Complete), (rest.Done, rest.Skipped, rest.Outcome));
    }

    [Fact]
    public void Progress_tells_slide_share_and_outcome()
    {
        Slide("a.svs");
        Slide("b.svs", "text");
        var reports = new Reports(_ => { });
        Run(progress: reports);
        Assert.All(reports.All, report => Assert.Equal(2, report.Slides));
        var first = reports.All.Where(report => report.Slide == 1).Select(report => report.Share).ToList();
        Assert.Equal(first.Order(), first);
        Assert.True(first.Count > 3);
        Assert.Equal([SlideStatus.Done, SlideStatus.Failed], reports.All.Where(report => report.Outcome is not null).Select(report => report.Outcome!.Status));
    }

    [Fact]
    public void Settings_that_cannot_be_are_errors()
    {
        SlideError Fails(SegmentationSettings settings, InferenceModel model) => Assert.Throws<SlideError>(() => Run(settings, model));
        Assert.Contains("override", Fails(new() { MppOverride = 0 }, _model).Message);
        Assert.Contains("mask", Fails(new() { Outputs = [] }, _model).Message);
        Assert.Contains("overlap", Fails(new() { Overlap = 1 }, _model).Message);
        Assert.Contains("classes", Fails(new(), _model with { ClassNames = ["background"] }).Message);
        Assert.Contains("spacing", Fails(new(), _model with { MicronsPerPixel = double.NaN }).Message);
    }
}
