using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Sampling;

public class PatchSamplerTests
{
    private static readonly SlideDataset Dataset = Datasets.Build();

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Positives_come_in_the_share_that_is_set(double share)
    {
        var sampler = new PatchSampler(Dataset, 4, share);
        var positives = Draws(sampler, 4000).Count(r => r.Positive);
        Assert.InRange(positives / 4000.0, share - 0.03, share + 0.03);
    }

    [Fact]
    public void Positives_show_foreground_after_jitter_and_rare_classes_as_often_as_common_ones()
    {
        var sampler = new PatchSampler(Dataset, 4, 1);
        var shown = new int[3];
        var labels = new byte[64 * 64];
        foreach (var request in Draws(sampler, 2000))
        {
            Dataset.Slides[request.Slide].Labels.Paint(request.X, request.Y, 64, 64, 1, labels);
            Assert.Contains(labels, l => l > 0);
            shown[labels.Contains((byte)2) ? 2 : 1]++;
        }
        Assert.InRange(shown[2], 900, 1100);
    }

    [Fact]
    public void Every_draw_lies_on_its_slide_and_off_the_grid()
    {
        var draws = Draws(new PatchSampler(Dataset, 1, 0.5), 1000).ToList();
        Assert.All(draws, r => Assert.InRange(r.X, 0, 800 - 64));
        Assert.All(draws, r => Assert.InRange(r.Y, 0, 600 - 64));
        Assert.True(draws.Count(r => r.X % 64 != 0) > 800);
        Assert.Equal([0, 1], draws.Select(r => r.Slide).Distinct().Order());
    }

    [Fact]
    public void A_draw_depends_on_seed_iteration_and_index_alone()
    {
        var (first, again, other) = (new PatchSampler(Dataset, 1, 0.5), new PatchSampler(Dataset, 1, 0.5), new PatchSampler(Dataset, 2, 0.5));
        var forwards = Draws(first, 100).ToList();
        var backwards = Enumerable.Range(0, 100).Reverse().Select(i => again.Draw(i / 4, i % 4)).Reverse().ToList();
        Assert.Equal(forwards, backwards);
        Assert.NotEqual(forwards, [.. Draws(other, 100)]);
        Assert.Equal(100, forwards.Select(r => r.AugmentSeed).Distinct().Count());
    }

    [Fact]
    public void Where_there_is_only_one_kind_all_draws_are_of_it()
    {
        var pink = ((byte)200, (byte)100, (byte)150);
        var positive = new PaintedSlide(128, 64, (_, _) => 1, (_, _) => pink);
        var negative = new PaintedSlide(128, 64, (_, _) => 0, (_, _) => pink);
        var grid = new PatchGrid(64, 64, 2);
        Assert.Equal(1, new PatchSampler(Datasets.Build(grid, positive), 1, 0.5).PositiveShare);
        Assert.Equal(0, new PatchSampler(Datasets.Build(grid, negative), 1, 0.5).PositiveShare);
    }

    private static IEnumerable<PatchRequest> Draws(PatchSampler sampler, int count) =>
        Enumerable.Range(0, count).Select(i => sampler.Draw(i / 4, i % 4));
}
