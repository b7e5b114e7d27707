using FsCheck.Xunit;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Sampling;

public class AugmenterTests
{
    private static readonly byte[] Shades = [200, 90, 20];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.8, 0.8)]
    [InlineData(1.25, 1.25)]
    [InlineData(0.8, 1.25)]
    public void Picture_and_labels_are_turned_and_zoomed_alike(double scaleMin, double scaleMax)
    {
        // The colour tells the label, and the three areas have no symmetry.
        byte Label(double x, double y) => x + 0.3 * y > 320 ? (byte)2 : y < 130 ? (byte)1 : (byte)0;
        var slide = new PaintedSlide(512, 512, Label, (x, y) => { var s = Shades[Label(x + 0.5, y + 0.5)]; return (s, s, s); });
        var loader = new PatchLoader(Datasets.Build(new PatchGrid(64, 64, 3), slide), new AugmentationSettings
        {
            StainJitter = 0,
            BlurProbability = 0,
            ScaleMin = scaleMin,
            ScaleMax = scaleMax,
        });
        var (rgb, labels, shown) = (new byte[64 * 64 * 3], new byte[64 * 64], new HashSet<byte>());
        for (ulong seed = 0; seed < 60; seed++)
        {
            loader.Load(new PatchRequest(0, 250, 100, true, seed), rgb, labels);
            // Where colours were interpolated, a mixed pixel at an edge may belong to either side.
            var wrong = Enumerable.Range(0, labels.Length)
                .Count(i => Math.Abs(rgb[3 * i] - Shades[labels[i]]) > (scaleMin == scaleMax && scaleMin == 1 ? 0 : 95));
            Assert.InRange(wrong, 0, 20);
            shown.UnionWith(labels);
        }
        Assert.Equal(3, shown.Count);
    }

    [Fact]
    public void Zooming_in_shows_less_of_the_slide()
    {
        Assert.Equal(51, new Augmentation(0, 1.25, null, 0).SourceSize(64));
        Assert.Equal(80, new Augmentation(0, 0.8, null, 0).SourceSize(64));
    }

    [Fact]
    public void The_eight_symmetries_are_all_different_and_keep_every_pixel()
    {
        var source = Enumerable.Range(0, 27).Select(i => (byte)i).ToArray();
        var seen = new HashSet<string>();
        for (var symmetry = 0; symmetry < 8; symmetry++)
        {
            var target = new byte[27];
            SquareSymmetry.Apply(symmetry, 3, 3, source, target);
            Assert.Equal(source, target.Order());
            for (var pixel = 0; pixel < 9; pixel++) Assert.Equal(target[3 * pixel] + 2, target[3 * pixel + 2]);
            seen.Add(Convert.ToHexString(target));
        }
        Assert.Equal(8, seen.Count);
    }

    [Fact]
    public void Symmetry_draws_reach_all_eight() =>
        Assert.Equal(8, Enumerable.Range(0, 200).Select(s => Augmentation.Draw(new AugmentationSettings(), (ulong)s).Symmetry).Distinct().Count());

    [Property]
    public bool Out_of_the_stains_and_back_changes_no_colour(byte r, byte g, byte b)
    {
        byte[] rgb = [r, g, b];
        new StainJitter([1, 1, 1], [0, 0, 0]).Apply(rgb);
        return Math.Abs(rgb[0] - r) <= 1 && Math.Abs(rgb[1] - g) <= 1 && Math.Abs(rgb[2] - b) <= 1;
    }

    [Fact]
    public void More_haematoxylin_makes_a_purple_bluer_and_darker_and_white_stays_white()
    {
        byte[] rgb = [120, 90, 160, 255, 255, 255];
        new StainJitter([1.3, 1, 1], [0, 0, 0]).Apply(rgb);
        Assert.True(rgb[0] < 115 && rgb[0] < rgb[2]);
        Assert.Equal([255, 255, 255], rgb[3..]);
    }

    [Fact]
    public void Blur_keeps_the_mean_and_spreads_a_point_evenly()
    {
        var rgb = new byte[33 * 33 * 3];
        for (var c = 0; c < 3; c++) rgb[(16 * 33 + 16) * 3 + c] = 250;
        GaussianBlur.Apply(rgb, 33, 1.2);
        var centre = (16 * 33 + 16) * 3;
        Assert.InRange(rgb[centre], 25, 30);
        Assert.Equal(rgb[centre - 3], rgb[centre + 3]);
        Assert.Equal(rgb[centre - 3], rgb[centre + 33 * 3]);
        var even = Enumerable.Repeat((byte)77, 20 * 20 * 3).ToArray();
        GaussianBlur.Apply(even, 20, 2);
        Assert.All(even, v => Assert.Equal(77, v));
    }

    [Fact]
    public void Augmentation_is_a_function_of_its_seed_and_nothing_at_all_when_off()
    {
        Assert.Equal(Augmentation.Draw(new(), 5).Zoom, Augmentation.Draw(new(), 5).Zoom);
        Assert.Equal(new Augmentation(0, 1, null, 0), Augmentation.Draw(AugmentationSettings.None, 5));
    }
}
