using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>However many threads read, the batches are the same.</summary>
public class PatchReaderTests
{
    private const int Patch = 32, BatchSize = 3;

    private static PatchReader Reader(ISlide slide, int threads, TissueRule rule = TissueRule.White, CancellationToken cancellation = default)
    {
        var view = new SlideView(slide, 0.5, 0.5);
        return new(view, new TileAxis(view.Width, Patch, 16, 8, 0), new TileAxis(view.Height, Patch, 16, 8, 0), Patch, BatchSize, rule, 220, threads,
            readsBlank: false, cancellation);
    }

    private static List<(PatchPlace[] Places, byte[] Rgb)> Batches(ISlide slide, int threads, TissueRule rule)
    {
        using var reader = Reader(slide, threads, rule);
        return [.. reader.Batches().Select(batch => (batch.Places.ToArray(), CutPatches.Of(batch, Patch)))];
    }

    /// <summary>Every pixel has its own colour, some of it is white, some corrupt, and reads take turns in being slow.</summary>
    private static FakeSlide Slide(Action<long, long>? onPixel = null)
    {
        var pixels = 0;
        return new(200, 150, (x, y) =>
        {
            onPixel?.Invoke(x, y);
            if (Interlocked.Increment(ref pixels) % 5000 == 0)
                Thread.Sleep(1);
            return x > 100 && y < 80 ? ((byte)255, (byte)255, (byte)255) : ((byte)x, (byte)y, (byte)((x ^ y) & 127));
        })
        { Corrupt = (20, 90, 30, 100), Tile = 16 };
    }

    [Theory]
    [InlineData(TissueRule.White)]
    [InlineData(TissueRule.Otsu)]
    public void Batches_do_not_depend_on_the_number_of_threads(TissueRule rule)
    {
        var one = Batches(Slide(), 1, rule);
        Assert.Equal([PatchKind.Tissue, PatchKind.White, PatchKind.Unreadable],
            one.SelectMany(batch => batch.Places).Select(place => place.Kind).Distinct().Order());
        foreach (var threads in new[] { 2, 5, 1000 })
        {
            var several = Batches(Slide(), threads, rule);
            Assert.Equal(one.Select(batch => batch.Places), several.Select(batch => batch.Places));
            Assert.Equal(one.Select(batch => batch.Rgb), several.Select(batch => batch.Rgb));
        }
    }

    [Fact]
    public void As_many_read_at_once_as_there_are_threads()
    {
        using var together = new Barrier(4);
        var met = 0;
        // The pool has them at once, where it would else add one after another to those that wait.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 32), ports);
        // Four cells, each as wide as a patch, hold each other up until all four are being read.
        var slide = new FakeSlide(128, 32, (x, y) =>
        {
            if (y == 0 && x % 32 == 0 && Interlocked.Increment(ref met) <= 4)
                Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(60)), "fewer than four cells are read at once");
            return (200, 60, 160);
        })
        { Tile = 32 };
        using var reader = Reader(slide, threads: 4);
        Assert.Equal(7, reader.Batches().Sum(batch => batch.Patches.Count));
        ThreadPool.SetMinThreads(workers, ports);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_first_error_in_grid_order_is_told_after_the_batches_before_it_and_nothing_reads_on(int threads)
    {
        var reading = 0;
        var before = new List<PatchPlace>();
        // Rows of 12 patches; those from row 3 on reach below y = 72, with an error of their own each.
        var slide = Slide((x, y) =>
        {
            Interlocked.Increment(ref reading);
            if (y >= 72)
                throw new SlideError($"broken at {x}");
        });
        using (var reader = Reader(slide, threads))
            Assert.Equal("broken at 0", Assert.Throws<SlideError>(() =>
            {
                foreach (var batch in reader.Batches())
                    before.AddRange(batch.Places);
            }).Message);
        var atEnd = Volatile.Read(ref reading);
        var columns = new TileAxis(200, Patch, 16, 8, 0).Starts.Count;
        Assert.InRange(before.Count, 3 * columns - MostInABatch(before), 3 * columns);
        Thread.Sleep(50);
        Assert.Equal(atEnd, Volatile.Read(ref reading));
    }

    // A batch that was not full when the error came is not handed out.
    private static int MostInABatch(List<PatchPlace> places) => BatchSize + places.Count(place => place.Kind != PatchKind.Tissue);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Cancelling_ends_reading_and_disposing_waits_for_it(int threads)
    {
        using var stop = new CancellationTokenSource();
        var reading = 0;
        using (var reader = Reader(Slide((_, _) => Interlocked.Increment(ref reading)), threads, cancellation: stop.Token))
            Assert.ThrowsAny<OperationCanceledException>(() =>
            {
                foreach (var batch in reader.Batches())
                    stop.Cancel();
            });
        var atEnd = Volatile.Read(ref reading);
        Thread.Sleep(50);
        Assert.Equal(atEnd, Volatile.Read(ref reading));
    }
}
