using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Opening;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Annotations;
using Histoseg.Slides.Tests.Fakes;
using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Tests.Slides;

public sealed class OpenedSlideTests : IDisposable
{
    private static readonly ClassMap _map = Samples.Map(["rest", "tumour"], [("tumour", "tumour"), ("hole", "rest")], ignored: ["None"]);
    private readonly TempFolder _folder = new();

    public OpenedSlideTests() => Pictures.WritePng(_folder["p.png"], new byte[40 * 40 * 3], 40, 40);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_scale_is_wanted_only_by_what_needs_it()
    {
        using var slide = OpenedSlide.Open(Row(), new(_map, TargetMpp: 1));
        Assert.Equal("p", slide.Name);
        Assert.Null(slide.ScaleIfKnown);
        Assert.Throws<SlideError>(() => slide.Scale);
        Assert.Throws<SlideError>(() => slide.View);
        Assert.Equal(new byte[4], slide.Labels.Paint(2, 2));
        using var own = OpenedSlide.Open(Row(), new(_map));
        Assert.Equal((40, 40, 1.0), (own.View.Width, own.View.Height, own.View.Downsample));
    }

    [Fact]
    public void The_view_is_at_the_scale_wanted_and_an_override_beats_the_row()
    {
        using var listed = OpenedSlide.Open(Row(mpp: 0.5), new(_map, TargetMpp: 2), "listed");
        Assert.Equal("listed", listed.Name);
        Assert.Equal(new SlideScale(0.5, ScaleSource.Manifest), listed.Scale);
        Assert.Equal(listed.Scale, listed.ScaleIfKnown);
        Assert.Equal((10, 4.0), (listed.View.Width, listed.View.Downsample));
        using var given = OpenedSlide.Open(Row(mpp: 0.5), new(_map, TargetMpp: 2, OverrideMpp: 0.25));
        Assert.Equal(new SlideScale(0.25, ScaleSource.Override), given.ScaleIfKnown);
        Assert.Equal((5, 8.0), (given.View.Width, given.View.Downsample));
    }

    [Fact]
    public void The_truth_comes_with_its_warnings_whichever_is_asked_first()
    {
        using var slide = OpenedSlide.Open(Row(_folder.Write("a.xml", Samples.Asap)), new(_map));
        Assert.Contains(slide.Warnings, warning => warning.Contains("'sliver'"));
        Assert.Same(slide.Labels, slide.Labels);
        Assert.Equal(1, slide.Labels.Paint(1, 1, 12, 12)[0]);
        using var bare = OpenedSlide.Open(Row(), new(_map));
        Assert.Empty(bare.Warnings);
        using var missing = OpenedSlide.Open(Row(_folder["none.xml"]), new(_map));
        Assert.Throws<SlideError>(() => missing.Warnings);
    }

    [Fact]
    public void A_masks_values_become_the_labels_of_the_settings()
    {
        using (var mask = Image.Black(40, 40))
            mask.Pngsave(_folder["m.png"]);
        using var slide = OpenedSlide.Open(Row() with { Mask = _folder["m.png"] }, new(_map, new Dictionary<byte, byte> { [0] = 1 }));
        Assert.All(slide.Labels.Paint(40, 40), label => Assert.Equal(1, label));
    }

    [Fact]
    public void A_path_is_opened_by_the_opener_given_and_is_background()
    {
        var inner = new MemorySlide([new(60, 30, 1)], (_, _, _, _) => 7);
        using var slide = OpenedSlide.Open("somewhere/s.svs", new(_map, TargetMpp: 1), path => path == "somewhere/s.svs" ? inner : throw new SlideError(path));
        Assert.Same(inner, slide.Slide);
        Assert.Equal(("s", 60, 30, 30), (slide.Name, slide.Width, slide.Height, slide.View.Width));
        Assert.All(slide.Labels.Paint(60, 30), label => Assert.Equal(0, label));
    }

    private static readonly Region _scanned = new(12, 7, 30, 40);

    private OpenedSlide WithBounds(string? annotation, CoordinateOrigin origin, Region? bounds, string? mask = null) => OpenedSlide.Open(
        new ManifestRow("somewhere/s.scn", annotation, mask, null, "s", null), new(_map, Origin: origin),
        open: _ => new MemorySlide([new(60, 50, 1)], (_, _, _, _) => 7)
        {
            Bounds = bounds,
        });

    [Theory]
    [InlineData("geojson", CoordinateOrigin.Auto, true)]
    [InlineData("geojson", CoordinateOrigin.Slide, false)]
    [InlineData("geojson", CoordinateOrigin.Bounds, true)]
    [InlineData("xml", CoordinateOrigin.Auto, false)]
    [InlineData("xml", CoordinateOrigin.Slide, false)]
    [InlineData("xml", CoordinateOrigin.Bounds, true)]
    public void Annotations_are_counted_from_where_their_program_counts_unless_another_origin_is_given(string format, CoordinateOrigin origin, bool moved)
    {
        var annotation = format == "xml"
            ? _folder.Write("a.xml", "<ASAP_Annotations><Annotation PartOfGroup=\"tumour\"><Coordinate X=\"0\" Y=\"0\"/><Coordinate X=\"20\" Y=\"0\"/>"
                + "<Coordinate X=\"20\" Y=\"30\"/><Coordinate X=\"0\" Y=\"30\"/></Annotation></ASAP_Annotations>")
            : _folder.Write("a.geojson", "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[20,0],[20,30],[0,30],[0,0]],"
                + "[[5,5],[9,5],[9,9],[5,9]]]},\"properties\":{\"classification\":\"tumour\"}}");
        using var slide = WithBounds(annotation, origin, _scanned);
        var labels = slide.Labels.Paint(60, 50);
        for (var i = 0; i < labels.Length; i++)
        {
            var (x, y) = ((i % 60) - (moved ? 12 : 0), (i / 60) - (moved ? 7 : 0));
            var hole = format == "geojson" && x is >= 5 and < 9 && y is >= 5 and < 9;
            Assert.Equal(x is >= 0 and < 20 && y is >= 0 and < 30 && !hole ? 1 : 0, labels[i]);
        }
        const string part = "the scanned part (30 × 40 pixels at 12, 7 of 60 × 50)";
        Assert.Equal(moved ? $"{annotation}: coordinates are counted from the corner of {part}{(origin == CoordinateOrigin.Auto ? ", as QuPath does" : "")}"
            : $"{annotation}: coordinates are counted from the slide's corner, not from that of {part}", Assert.Single(slide.Warnings));
        // Where nothing is left unscanned there is nothing to choose.
        foreach (var bounds in new[] { (Region?)null, new Region(0, 0, 60, 50) })
        {
            using var whole = WithBounds(annotation, origin, bounds);
            Assert.Equal(1, whole.Labels.Paint(1, 1)[0]);
            Assert.Empty(whole.Warnings);
        }
    }

    [Fact]
    public void Whether_regions_lie_on_the_slide_is_looked_at_where_they_come_to_lie()
    {
        var left = _folder.Write("left.geojson", "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
            + "[[[-10,0],[-4,0],[-4,6],[-10,6],[-10,0]]]},\"properties\":{\"classification\":\"tumour\"}}");
        var findings = new List<Finding>();
        using (var slide = SlideRules.Open("s", () => WithBounds(left, CoordinateOrigin.Bounds, _scanned), _map, needsScale: false, findings))
            Assert.Equal(1, slide!.Labels.Paint(60, 50)[(8 * 60) + 4]);
        Assert.All(findings, finding => Assert.Equal(FindingLevel.Warning, finding.Level));
        Assert.Null(SlideRules.Open("s", () => WithBounds(left, CoordinateOrigin.Slide, _scanned), _map, needsScale: false, findings));
        Assert.Contains("lies outside the slide", findings[^1].Message);
    }

    [SkippableFact]
    public void A_scan_of_a_part_of_its_slide_gets_the_labels_of_QuPath_and_of_Asap_at_their_place()
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not installed");
        LeicaScn.Write(_folder["s.scn"], 1024, 768, 128, 192, 768, 512, (x, y) => ((byte)(x / 8), (byte)(y / 8), 90));
        // The whole scan, as each program writes it.
        var quPath = _folder.Write("q.geojson", "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[768,0],[768,512],[0,512]]]},"
            + "\"properties\":{\"classification\":\"tumour\"}}");
        var asap = _folder.Write("a.xml", "<ASAP_Annotations><Annotation PartOfGroup=\"tumour\"><Coordinate X=\"128\" Y=\"192\"/>"
            + "<Coordinate X=\"896\" Y=\"192\"/><Coordinate X=\"896\" Y=\"704\"/><Coordinate X=\"128\" Y=\"704\"/></Annotation></ASAP_Annotations>");
        Pictures.WriteGreyPng(_folder["part.png"], Enumerable.Repeat((byte)1, 192 * 128).ToArray(), 192, 128);
        ManifestRow[] rows = [new(_folder["s.scn"], quPath, null, null, "s", null), new(_folder["s.scn"], asap, null, null, "s", null),
            new(_folder["s.scn"], null, _folder["part.png"], null, "s", null)];
        foreach (var row in rows)
        {
            using var slide = OpenedSlide.Open(row, new(_map));
            Assert.Equal((1024, 768, new Region(128, 192, 768, 512)), (slide.Width, slide.Height, slide.Slide.Bounds!.Value));
            var labels = slide.Labels.Paint(1024, 768);
            var rgb = new byte[1024 * 768 * 3];
            Assert.True(slide.Slide.ReadRegion(0, 0, 0, 1024, 768, rgb));
            for (var i = 0; i < labels.Length; i++)
                Assert.Equal(rgb[(i * 3) + 2] == 90, labels[i] == 1);
        }
    }

    [Fact]
    public void What_a_mask_covers_is_told_where_there_is_a_choice()
    {
        Pictures.WriteGreyPng(_folder["part.png"], new byte[15 * 20], 15, 20);
        using var slide = WithBounds(null, CoordinateOrigin.Auto, _scanned, _folder["part.png"]);
        Assert.Equal(30 * 40, slide.Labels.Paint(60, 50).Count(label => label == 0));
        Assert.Equal($"{_folder["part.png"]}: the mask covers the scanned part (30 × 40 pixels at 12, 7 of 60 × 50)", Assert.Single(slide.Warnings));
        using var whole = WithBounds(null, CoordinateOrigin.Auto, null, _folder["part.png"]);
        Assert.Contains("does not cover the slide (60 × 50)", Assert.Throws<SlideError>(() => whole.Labels).Message);
    }

    private ManifestRow Row(string? annotation = null, double? mpp = null) => new(_folder["p.png"], annotation, null, null, "p", mpp);
}
