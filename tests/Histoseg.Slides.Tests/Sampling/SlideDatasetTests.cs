using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Sampling;

public class SlideDatasetTests
{
    private static readonly (byte, byte, byte) White = (250, 250, 250), Pink = (200, 120, 160);

    [Theory]
    [InlineData(100, 64, 64, new[] { 0, 36 })]
    [InlineData(128, 64, 64, new[] { 0, 64 })]
    [InlineData(40, 64, 64, new[] { 0 })]
    [InlineData(130, 64, 32, new[] { 0, 32, 64, 66 })]
    public void The_grid_covers_the_slide_and_ends_at_its_edge(int length, int size, int stride, int[] origins) =>
        Assert.Equal(origins, new PatchGrid(size, stride, 2).Origins(length));

    [Fact]
    public void Patches_are_listed_by_what_they_show_and_glass_is_left_out()
    {
        var dataset = Datasets.Build();
        var shown = new byte[1];
        Assert.Equal([1, 2], dataset.ForegroundClasses);
        foreach (var label in dataset.ForegroundClasses)
            foreach (var patch in dataset.PatchesOf(label))
            {
                dataset.Slides[patch.Slide].Labels.Paint(patch.AnchorX, patch.AnchorY, 1, 1, 1, shown);
                Assert.Equal(label, shown[0]);
                Assert.InRange(patch.AnchorX - patch.X, 0, 63);
                Assert.InRange(patch.AnchorY - patch.Y, 0, 63);
            }
        foreach (var patch in dataset.PatchesOf(0))
        {
            var labels = new byte[64 * 64];
            dataset.Slides[patch.Slide].Labels.Paint(patch.X, patch.Y, 64, 64, 1, labels);
            Assert.All(labels, l => Assert.Equal(0, l));
            Assert.True(patch.X < 600);
        }
        // 13 columns of 64 across 800 pixels, of which the tenth is the last to touch tissue; 10 rows; two slides.
        Assert.Equal(2 * 10 * 10, dataset.PatchCount);
    }

    [Fact]
    public void The_wanted_share_of_tissue_counts()
    {
        var strip = new PaintedSlide(256, 64, (_, _) => 0, (x, _) => x < 64 + 16 ? Pink : White);
        Assert.Equal(2, Datasets.Build(new PatchGrid(64, 64, 2, MinTissue: 0), strip).PatchCount);
        Assert.Equal(2, Datasets.Build(new PatchGrid(64, 64, 2, MinTissue: 0.25), strip).PatchCount);
        Assert.Equal(1, Datasets.Build(new PatchGrid(64, 64, 2, MinTissue: 0.26), strip).PatchCount);
        Assert.Equal(4, Datasets.Build(new PatchGrid(64, 64, 2, TissueThreshold: 255, MinTissue: 1), strip).PatchCount);
    }

    [Fact]
    public void By_Otsu_a_grey_margin_is_no_tissue_and_a_bright_pink_one_is()
    {
        // Grey shadow, glass, pale stroma above the white threshold, tissue: 64 pixels each.
        var slide = new PaintedSlide(256, 64, (_, _) => 0,
            (x, _) => x < 64 ? ((byte)180, (byte)182, (byte)181) : x < 128 ? White : x < 192 ? ((byte)255, (byte)222, (byte)245) : Pink);
        int[] Lefts(TissueRule rule, double least = 0.05) =>
            [.. Datasets.Build(new PatchGrid(64, 64, 2, MinTissue: least, Rule: rule), slide).PatchesOf(0).ToArray().Select(patch => patch.X)];
        Assert.Equal([0, 192], Lefts(TissueRule.White));
        Assert.Equal([128, 192], Lefts(TissueRule.Otsu));
        Assert.Equal([128, 192], Lefts(TissueRule.Otsu, least: 1));
        var grey = new PaintedSlide(128, 64, (_, _) => 0, (_, _) => (180, 180, 180));
        Assert.Contains("Otsu", Assert.Throws<SlideError>(() => Datasets.Build(new PatchGrid(64, 64, 2, Rule: TissueRule.Otsu), grey)).Message);
        var small = new PaintedSlide(40, 30, (_, _) => 1, (_, _) => Pink);
        Assert.Equal(1, Datasets.Build(new PatchGrid(64, 64, 2, MinTissue: 0.9, Rule: TissueRule.Otsu), small).PatchCount);
    }

    [Fact]
    public void Patches_of_nothing_but_ignored_pixels_are_dropped()
    {
        var half = new PaintedSlide(128, 64, (x, _) => x < 64 ? (byte)255 : (byte)1, (_, _) => Pink);
        var dataset = Datasets.Build(new PatchGrid(64, 64, 2), half);
        Assert.Equal(1, dataset.PatchCount);
        Assert.Equal(64, dataset.PatchesOf(1)[0].X);
    }

    [Fact]
    public void A_slide_smaller_than_a_patch_is_one_patch()
    {
        var small = new PaintedSlide(40, 30, (_, _) => 1, (_, _) => Pink);
        Assert.Equal(1, Datasets.Build(new PatchGrid(64, 64, 2, MinTissue: 0.9), small).PatchCount);
    }

    [Fact]
    public void Slides_without_anything_to_sample_are_errors_that_name_the_slide()
    {
        var grid = new PatchGrid(64, 64, 2);
        var good = new PaintedSlide(128, 128, (_, _) => 0, (_, _) => Pink);
        var glass = new PaintedSlide(128, 128, (_, _) => 0, (_, _) => White);
        var ignored = new PaintedSlide(128, 128, (_, _) => 255, (_, _) => Pink);
        var unknown = new PaintedSlide(128, 128, (_, _) => 7, (_, _) => Pink);
        Assert.Contains("slide 1: no tissue", Assert.Throws<SlideError>(() => Datasets.Build(grid, good, glass)).Message);
        Assert.Contains("slide 0: no pixel counts", Assert.Throws<SlideError>(() => Datasets.Build(grid, ignored)).Message);
        Assert.Contains("slide 0: label 7", Assert.Throws<SlideError>(() => Datasets.Build(grid, unknown)).Message);
        Assert.Throws<SlideError>(() => Datasets.Build(grid));
    }

    [Fact]
    public void Progress_reaches_the_end()
    {
        var (last, total) = (0, 0);
        var slide = Datasets.Slide();
        var gate = new Lock();
        SlideDataset.Build([new DatasetSlide("a", new SlideView(slide, 1, 1), slide)], new PatchGrid(64, 64, 3), (done, all) =>
        {
            lock (gate) (last, total) = (Math.Max(last, done), all);
        });
        Assert.Equal((10, 10), (last, total));
    }
}
