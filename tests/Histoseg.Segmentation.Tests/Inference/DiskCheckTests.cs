using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Synthesis;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>The room that outputs take, told beforehand.</summary>
public sealed class DiskCheckTests : IDisposable
{
    private readonly FakeSlideFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static DiskCheck With(long? free, List<string>? looked = null) => new(path => looked?.Add(path), _ => free);

    [Fact]
    public void Is_told_kind_by_kind_with_what_is_free()
    {
        var line = With(62_000_000_000).Look("out", ["a", "b"], OutputKinds.Usual, _ => 10_000_000)!;
        Assert.Matches(@"^the outputs of the 2 slides will take about [0-9.]+ MB \(mask [0-9.]+ [kM]B, geojson [0-9.]+ MB, heatmap [0-9.]+ MB, "
            + @"csv 2.0 kB, overlay 1.6 MB\); the disk has 62 GB left$", line);
        Assert.DoesNotContain("left", With(null).Look("out", ["a", "b"], OutputKinds.Usual, _ => 10_000_000));
        Assert.Null(With(1).Look("out", ["a"], OutputKinds.All, _ => null));
        Assert.Null(With(1).Look("out", [], OutputKinds.All, _ => 1));
    }

    [Fact]
    public void Grows_with_the_slides_and_their_size_and_what_is_written()
    {
        long Need(int slides, long pixels, params IReadOnlyList<OutputKind> kinds) =>
            With(null).Estimate([.. Enumerable.Repeat("a", slides)], kinds, _ => pixels).Sum(size => size.Bytes);
        Assert.InRange(Need(100, 1_000_000, OutputKinds.Mask), 9.9 * Need(10, 1_000_000, OutputKinds.Mask), 10.1 * Need(10, 1_000_000, OutputKinds.Mask));
        Assert.InRange(Need(1, 100_000_000, OutputKinds.Heatmap), 9.9 * Need(1, 10_000_000, OutputKinds.Heatmap),
            10.1 * Need(1, 10_000_000, OutputKinds.Heatmap));
        Assert.True(Need(1, 1_000_000, OutputKinds.All) > Need(1, 1_000_000, OutputKinds.Mask, OutputKinds.GeoJson));
    }

    [Fact]
    public void Far_too_little_room_stops_the_run_before_it_begins_and_names_sizes_and_remedy()
    {
        _folder.Slide("a.svs");
        var error = Assert.Throws<UserError>(() => _folder.Run(new() { Disk = With(100) }));
        Assert.Equal(Remedy.MakeRoom, error.Remedy);
        Assert.Matches(@"out: the outputs of the one slide will take about 1.0 kB \(csv 1.0 kB\), and its disk has 100 B left; make room, "
            + "ask for fewer outputs, ", error.Message);
        Assert.False(Directory.Exists(Path.Combine(_folder.Out, "model-outputs-csv")));
        var record = RunRecord.Load(Assert.Single(RunMetadata.FilesIn(_folder.Out)))!;
        Assert.Equal(error.Message, record.Error);
        Assert.Equal("a", Assert.Single(record.Left).Name);
    }

    [Fact]
    public void What_an_estimate_may_be_wrong_about_is_only_warned_of()
    {
        _folder.Slide("a.svs");
        Assert.Equal(1, _folder.Run(new() { Disk = With(700) }).Done);
        Assert.Contains("the disk has 700 B left: that may not do", Assert.Single(_folder.Notes));
    }

    [Fact]
    public void Of_many_slides_a_few_are_looked_at_and_of_those_only_what_is_to_be_made()
    {
        var looked = new List<string>();
        With(null, looked).Look("out", [.. Enumerable.Range(0, 1000).Select(i => $"{i}")], OutputKinds.All, _ => 1);
        Assert.Equal(DiskCheck.Sample, looked.Count);
        Assert.Equal(("0", "937"), (looked[0], looked[^1]));

        _folder.Slide("a.svs");
        _folder.Slide("b.svs", "bad");
        _folder.Run();
        _folder.Slide("c.svs");
        looked.Clear();
        _folder.Run(new() { Shard = new(1, 5), Disk = With(null, looked) });
        Assert.Equal(["c.svs"], looked.Select(Path.GetFileName));
    }

    [Fact]
    public void Is_estimated_within_a_factor_of_four_on_a_drawn_slide()
    {
        using var folder = new TempFolder();
        SlideSynthesiser.WriteSet(folder["slides"], 1, 0, 0, 1, 1024, 1024, 0.5);
        var settings = new SegmentationSettings { Overlap = 0.25, Outputs = OutputKinds.All };
        new BatchInference(FakeSegmenter.Blurred(128), new("fake", "model", "hash", ["background", "tumour"], 0.5, "CPU"), settings)
            .Run([folder["slides/synth_000.tif"]], folder["out"]);
        var sizes = With(null).Estimate(["synth_000"], OutputKinds.All, _ => 1024 * 1024);
        long Truth(OutputKind kind) => new FileInfo(folder[$"out/{kind.RelativePath("synth_000")}"]).Length;
        Assert.InRange(sizes.Sum(size => size.Bytes), OutputKinds.All.Sum(Truth) / 4, OutputKinds.All.Sum(Truth) * 4);
        Assert.InRange(sizes.Single(size => size.Kind == OutputKinds.Heatmap).Bytes, Truth(OutputKinds.Heatmap) / 4, Truth(OutputKinds.Heatmap) * 4);
    }

    [Fact]
    public void What_is_free_is_known_of_this_machine()
    {
        Directory.CreateDirectory(_folder.Out);
        Assert.True(DiskCheck.FreeBytes(_folder.Out) > 0);
    }
}
