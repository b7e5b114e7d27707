using Histoseg.Slides.Opening;

namespace Histoseg.Slides.Tests.Slides;

public class TissueTests
{
    [Fact]
    public void A_patch_is_background_only_when_every_channel_of_every_pixel_is_above_the_threshold()
    {
        var rgb = Enumerable.Repeat((byte)221, 300).ToArray();
        Assert.True(Tissue.IsBackground(rgb));
        rgb[151] = 220;
        Assert.False(Tissue.IsBackground(rgb));
        Assert.True(Tissue.IsBackground(rgb, 219));
        Assert.Equal(0.01, Tissue.Share(rgb), 1e-12);
    }

    [Fact]
    public void The_mask_finds_the_pink_square_on_the_greyish_glass()
    {
        using var slide = Painted((x, y) => x is >= 200 and < 600 && y is >= 100 and < 300);
        var mask = TissueMask.FromSlide(new SlideView(slide, 0.5, 1.0), longestSide: 100);
        Assert.Equal((100, 50), (mask.Width, mask.Height));
        Assert.Equal(0.25, mask.SlideShare, 0.02);
        Assert.Equal(1, mask.Share(120, 60, 51, 51));
        Assert.Equal(0, mask.Share(0, 0, 51, 46));
        Assert.Equal(0.5, mask.Share(80, 60, 40, 20), 0.05);
        Assert.Equal(0, mask.Share(-100, -100, 20, 20));
        Assert.Equal(1, mask.Share(140, 80, 1, 1));
    }

    [Fact]
    public void An_empty_slide_has_no_tissue_and_a_full_one_is_all_tissue()
    {
        using MemorySlide empty = Painted((_, _) => false), full = Painted((_, _) => true);
        Assert.Equal(0, TissueMask.FromSlide(new SlideView(empty, 0.5, 1)).SlideShare);
        Assert.Equal(1, TissueMask.FromSlide(new SlideView(full, 0.5, 1)).SlideShare);
    }

    [SkippableFact]
    public void A_real_slides_tissue_is_found()
    {
        using var slide = SlideFile.Open(SharedData.Require("slides_glas", "dev_slide_1.tif"));
        var view = new SlideView(slide, 0.62, 1.24);
        var mask = TissueMask.FromSlide(view);
        Assert.InRange(mask.SlideShare, 0.3, 0.99);
    }

    // Pink with noise where tissue is, else glass with a slight tint and noise.
    private static MemorySlide Painted(Func<int, int, bool> tissue) =>
        new([new(800, 400, 1)],
            (_, x, y, c) => (byte)((tissue(x, y) ? (c == 0 ? 210 : c == 1 ? 140 : 190) : c == 2 ? 236 : 240) + MemorySlide.Hash(x / 4, y / 4, 0) % 8));
}
