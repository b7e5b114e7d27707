using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Tests.Sampling;

public class SlideLossesTests
{
    private const int Round = SlideLosses.Round;
    private static readonly SlideDataset Dataset = Datasets.Build(new PatchGrid(64, 64, 3), Datasets.Slide(), Datasets.Slide(5), Datasets.Slide(9));

    [Fact]
    public void Draws_of_a_round_see_what_was_known_before_the_round_before()
    {
        var losses = new SlideLosses(2);
        for (var update = 0; update < Round; update++)
            losses.Add([0], 1);
        Assert.Equal([float.PositiveInfinity, float.PositiveInfinity], [losses.Of(0, Round), losses.Of(1, Round)]);
        Assert.Equal([1, float.PositiveInfinity], [losses.Of(0, 2 * Round), losses.Of(1, 3 * Round - 1)]);
        losses.Add([0, 1], 2);
        Assert.Equal([1, float.PositiveInfinity], [losses.Of(0, 2 * Round), losses.Of(1, 2 * Round)]);
        Assert.Throws<InvalidOperationException>(() => losses.Of(0, 3 * Round));
        for (var update = 1; update < Round; update++)
            losses.Add([], 2);
        Assert.Equal([1, float.PositiveInfinity], [losses.Of(0, 2 * Round), losses.Of(1, 2 * Round)]);
        Assert.Equal([0.8f * 1 + (1 - 0.8f) * 2, 2], [losses.Of(0, 3 * Round), losses.Of(1, 3 * Round)]);
        Assert.Throws<InvalidOperationException>(() => losses.Of(0, Round - 1));
    }

    [Fact]
    public void Hard_slides_come_more_often_by_the_share_that_is_set()
    {
        var losses = new SlideLosses(3);
        for (var update = 0; update < 2 * Round; update++)
            losses.Add([update % 3], update % 3 == 1 ? 5 : 1);
        double ShareOf(int slide, double hard) => Enumerable.Range(0, 4000)
            .Select(i => new PatchSampler(Dataset, 3, 0.5, hard, losses).Draw(2 * Round + i % Round, i)).Count(drawn => drawn.Slide == slide) / 4000.0;
        // A third without; of four drawn, one at least is of it, but for (2/3)⁴.
        var always = 1 - Math.Pow(2 / 3.0, PatchSampler.Candidates);
        Assert.Equal(1 / 3.0, ShareOf(1, 0), 0.025);
        Assert.Equal(always, ShareOf(1, 1), 0.025);
        Assert.Equal((1 / 3.0 + always) / 2, ShareOf(1, 0.5), 0.025);
    }

    [Fact]
    public void Positives_keep_their_share_and_without_hard_draws_all_is_as_it_was()
    {
        var losses = new SlideLosses(3);
        losses.Add([0, 1, 2], 1);
        var hard = Enumerable.Range(0, 2000).Select(i => new PatchSampler(Dataset, 3, 0.3, 1, losses).Draw(0, i)).ToList();
        Assert.Equal(0.3, hard.Count(drawn => drawn.Positive) / 2000.0, 0.03);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => new PatchSampler(Dataset, 3, 0.3).Draw(7, i)),
            Enumerable.Range(0, 100).Select(i => new PatchSampler(Dataset, 3, 0.3, 0, losses).Draw(7, i)));
    }

    [Theory]
    // A processor knows each loss before the next update, a GPU up to sixteen updates later; either may have loaded as far ahead as a round allows.
    [InlineData(0, 4, 1)]
    [InlineData(16, Round - 16, 3)]
    public void What_is_drawn_depends_neither_on_how_far_ahead_nor_on_how_late_losses_are(int late, int ahead, int threads)
    {
        var expected = Train(0, 4 * Round, null, 0, 1, 1, out _);
        Assert.Equal(expected, Train(0, 4 * Round, null, late, ahead, threads, out _));
        foreach (var stop in new[] { 1, Round, 2 * Round + 5 })
        {
            var before = Train(0, stop, null, late, ahead, threads, out var state);
            Assert.Equal(expected, [.. before, .. Train(stop, 4 * Round - stop, state, late, ahead, threads, out _)]);
        }
    }

    [Fact]
    public void What_is_of_other_slides_is_begun_anew()
    {
        foreach (var state in new[] { null, new float[3], new float[12] })
        {
            var losses = new SlideLosses(2);
            losses.Restore(3 * Round + 1, state);
            Assert.Equal([float.PositiveInfinity, float.PositiveInfinity], [losses.Of(0, 3 * Round + 1), losses.Of(1, 5 * Round - 1)]);
        }
    }

    // What a run does: a loss that depends on what was drawn, told some updates later.
    private static List<string> Train(int start, int count, float[]? state, int late, int ahead, int threads, out float[] end)
    {
        var losses = new SlideLosses(3);
        losses.Restore(start, state);
        var (sampler, loader) = (new PatchSampler(Dataset, 11, 0.5, 0.5, losses), new PatchLoader(Dataset, AugmentationSettings.None));
        using var prefetcher = new PatchPrefetcher(sampler, loader, 2, start, ahead, threads);
        var (drawn, pending) = (new List<string>(), new Queue<int[]>());
        for (var i = 0; i < count; i++)
        {
            var batch = prefetcher.Next();
            drawn.Add(string.Join(' ', batch.Requests));
            pending.Enqueue([.. batch.Requests.Select(request => request.Slide)]);
            prefetcher.Return(batch);
            if (pending.Count > late || i == count - 1)
                while (pending.TryDequeue(out var slides))
                    losses.Add(slides, slides.Sum() + (double)(CounterRandom.Mix((ulong)losses.Updates) % 7));
        }
        end = losses.State;
        return drawn;
    }
}
