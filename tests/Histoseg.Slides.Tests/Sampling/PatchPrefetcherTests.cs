using System.Security.Cryptography;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Sampling;

public class PatchPrefetcherTests
{
    private static readonly SlideDataset Dataset = Datasets.Build();
    private static readonly AugmentationSettings Everything = new() { StainJitter = 0.1, ScaleMin = 0.8, ScaleMax = 1.25, BlurProbability = 0.5 };

    [Fact]
    public void Batches_do_not_depend_on_the_number_of_threads()
    {
        var one = Run(0, 12, threads: 1, ahead: 1);
        Assert.Equal(one, Run(0, 12, threads: 3, ahead: 5));
        Assert.Equal(12, one.Distinct().Count());
    }

    [Fact]
    public void A_run_taken_up_at_iteration_7_goes_on_as_the_one_that_never_stopped() =>
        Assert.Equal(Run(0, 12, threads: 2, ahead: 3).Skip(7), Run(7, 5, threads: 2, ahead: 3));

    [Fact]
    public void No_more_batches_are_loaded_ahead_than_allowed()
    {
        var reads = 0;
        var slide = new PaintedSlide(64, 64, (_, _) => 0, (x, y) =>
        {
            if (x == 0 && y == 0) Interlocked.Increment(ref reads);
            return (200, 100, 150);
        });
        var dataset = Datasets.Build(new PatchGrid(64, 64, 2), slide);
        reads = 0;
        using var prefetcher = Prefetcher(dataset, batchSize: 2, ahead: 3, threads: 3);
        var batch = prefetcher.Next();
        Wait(() => Volatile.Read(ref reads) >= 8);
        Thread.Sleep(100);
        // One batch in hand and three ahead, of two patches each.
        Assert.Equal(8, Volatile.Read(ref reads));
        prefetcher.Return(batch);
        Wait(() => Volatile.Read(ref reads) >= 10);
        Thread.Sleep(50);
        Assert.Equal(10, Volatile.Read(ref reads));
    }

    [Fact]
    public void Unreadable_areas_are_ignored_and_counted()
    {
        var slide = new PaintedSlide(256, 64, (_, _) => 1, (_, _) => (200, 100, 150)) { CorruptColumn = 10 };
        var dataset = Datasets.Build(new PatchGrid(64, 64, 2), slide);
        var loader = new PatchLoader(dataset, AugmentationSettings.None);
        var batch = new PatchBatch(200, 64, loader.RowLength);
        batch.Fill(0, new PatchSampler(dataset, 1, 1), loader);
        for (var i = 0; i < batch.Count; i++)
        {
            var expected = batch.Requests[i].X <= 10 ? (byte)255 : (byte)1;
            Assert.DoesNotContain(batch.Labels.AsSpan(i * 64 * 64, 64 * 64).ToArray(), l => l != expected);
        }
        Assert.InRange(batch.Unreadable, 1, 199);
        Assert.Equal(batch.Unreadable, loader.Unreadable);
        Assert.Equal(200 - batch.Unreadable, batch.Positives);
    }

    [Fact]
    public void A_failure_comes_out_at_its_batch_and_again_when_asked_again()
    {
        var broken = false;
        var slide =
            new PaintedSlide(64, 64, (_, _) => Volatile.Read(ref broken) ? throw new SlideError("the disk is gone") : (byte)0, (_, _) => (200, 100, 150));
        var dataset = Datasets.Build(new PatchGrid(64, 64, 2), slide);
        using var prefetcher = Prefetcher(dataset, batchSize: 1, ahead: 2, threads: 1);
        var batches = new List<PatchBatch> { prefetcher.Next(), prefetcher.Next(), prefetcher.Next() };
        Assert.Throws<InvalidOperationException>(() => prefetcher.Next());
        Volatile.Write(ref broken, true);
        batches.ForEach(prefetcher.Return);
        Assert.Equal("the disk is gone", Assert.Throws<SlideError>(() => prefetcher.Next()).Message);
        Assert.Throws<SlideError>(() => prefetcher.Next());
        Assert.Throws<ArgumentException>(() => prefetcher.Return(batches[0]));
    }

    [Fact]
    public async Task Waiting_ends_on_cancel_and_dispose_stops_the_threads()
    {
        using var block = new ManualResetEventSlim(true);
        var slide = new PaintedSlide(64, 64, (_, _) => 0, (_, _) => { block.Wait(); return (200, 100, 150); });
        var dataset = Datasets.Build(new PatchGrid(64, 64, 2), slide);
        block.Reset();
        var prefetcher = Prefetcher(dataset, batchSize: 1, ahead: 1, threads: 2);
        using var cancel = new CancellationTokenSource(50);
        await Assert.ThrowsAsync<OperationCanceledException>(() => Task.Run(() => prefetcher.Next(cancel.Token)));
        block.Set();
        prefetcher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => prefetcher.Next());
    }

    private static List<string> Run(long start, int count, int threads, int ahead)
    {
        using var prefetcher = Prefetcher(Dataset, 3, ahead, threads, start);
        var hashes = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var batch = prefetcher.Next();
            Assert.Equal(start + i, batch.Iteration);
            hashes.Add(Convert.ToHexString(SHA256.HashData([.. batch.Rgb, .. batch.Labels])) + string.Join(',', batch.Requests));
            prefetcher.Return(batch);
        }
        return hashes;
    }

    private static PatchPrefetcher Prefetcher(SlideDataset dataset, int batchSize, int ahead, int threads, long start = 0) =>
        new(new PatchSampler(dataset, 11, 0.5), new PatchLoader(dataset, ReferenceEquals(dataset, Dataset) ? Everything : AugmentationSettings.None), batchSize,
            start, ahead, threads);

    private static void Wait(Func<bool> until) => Assert.True(SpinWait.SpinUntil(until, TimeSpan.FromSeconds(20)));
}
