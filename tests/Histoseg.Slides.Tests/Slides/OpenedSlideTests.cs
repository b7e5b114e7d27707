using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Annotations;
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

    private ManifestRow Row(string? annotation = null, double? mpp = null) => new(_folder["p.png"], annotation, null, null, "p", mpp);
}
