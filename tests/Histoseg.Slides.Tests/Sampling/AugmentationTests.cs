using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Sampling;

/// <summary>What is drawn for a patch, and the zoom, which the loader carries out.</summary>
public class AugmentationTests
{
    private static readonly byte[] Shades = [200, 90, 20];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.8, 0.8)]
    [InlineData(1.25, 1.25)]
    [InlineData(0.8, 1.25)]
    public void Picture_and_labels_are_zoomed_alike(double scaleMin, double scaleMax)
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
        var (rgb, labels, row, shown) = (new byte[64 * 64 * 3], new byte[64 * 64], new float[loader.RowLength], new HashSet<byte>());
        for (ulong seed = 0; seed < 60; seed++)
        {
            loader.Load(new PatchRequest(0, 250, 100, true, seed), rgb, labels, row);
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
    public void Symmetry_draws_reach_all_eight() =>
        Assert.Equal(8, Enumerable.Range(0, 200).Select(s => Augmentation.Draw(new AugmentationSettings(), (ulong)s).Symmetry).Distinct().Count());

    [Fact]
    public void Augmentation_is_a_function_of_its_seed_and_nothing_at_all_when_off()
    {
        Assert.Equal(Augmentation.Draw(new(), 5).Zoom, Augmentation.Draw(new(), 5).Zoom);
        Assert.Equal(new Augmentation(0, 1, null, 0), Augmentation.Draw(AugmentationSettings.None, 5));
    }
}
