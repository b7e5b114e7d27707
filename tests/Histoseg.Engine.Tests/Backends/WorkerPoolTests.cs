using System.Diagnostics;
using Histoseg.Engine.Backends.Cpu;

namespace Histoseg.Engine.Tests.Backends;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Every_chunk_runs_exactly_once_in_thousands_of_loops(int threads)
    {
        using var pool = new WorkerPool(threads);
        Assert.Equal(threads, pool.Threads);
        var runs = new int[200];
        var busy = new int[threads];
        var (clashes, straggle) = (0, false);
        Action<int> body = chunk =>
        {
            // The loop must wait for the others' last chunks, not only for the caller's own.
            if (straggle && WorkerPool.Worker != 0)
                Thread.SpinWait(2000);
            // Two chunks at once under one worker's number would share scratch memory.
            if (Interlocked.Exchange(ref busy[WorkerPool.Worker], 1) != 0)
                Interlocked.Increment(ref clashes);
            Interlocked.Increment(ref runs[chunk]);
            Volatile.Write(ref busy[WorkerPool.Worker], 0);
        };
        var random = new Random(threads);
        int[] counts = [0, 1, 2, threads - 1, threads, threads + 1, 64, 200];
        for (var loop = 0; loop < 2500; loop++)
        {
            var chunks = counts[random.Next(counts.Length)];
            straggle = loop % 20 == 0;
            Array.Clear(runs);
            pool.For(chunks, body);
            for (var i = 0; i < runs.Length; i++)
                if (runs[i] != (i < chunks ? 1 : 0))
                    Assert.Fail($"loop {loop} of {chunks} chunks: chunk {i} ran {runs[i]} times");
        }
        Assert.Equal(0, clashes);
    }

    [Fact]
    public void What_chunks_wrote_is_seen_after_the_loop()
    {
        using var pool = new WorkerPool(3);
        var numbers = new long[5000];
        for (var loop = 1; loop <= 200; loop++)
        {
            var step = loop;
            pool.For(50, chunk =>
            {
                for (var i = chunk * 100; i < (chunk + 1) * 100; i++)
                    numbers[i] += step;
            });
        }
        Assert.All(numbers, n => Assert.Equal(200 * 201 / 2, n));
    }

    [Fact]
    public void All_threads_work_at_once()
    {
        using var pool = new WorkerPool(4);
        using var arrived = new CountdownEvent(4);
        var together = 0;
        // Each chunk waits for all four, so no thread can run two of them.
        pool.For(4, _ =>
        {
            arrived.Signal();
            if (arrived.Wait(TimeSpan.FromSeconds(20)))
                Interlocked.Increment(ref together);
        });
        Assert.Equal(4, together);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(8, 0)]
    [InlineData(8, 1)]
    [InlineData(8, 100)]
    public void Dispose_stops_the_threads_promptly_and_may_be_repeated(int threads, int loops)
    {
        var watch = Stopwatch.StartNew();
        var pool = new WorkerPool(threads);
        for (var i = 0; i < loops; i++)
            pool.For(threads, static _ => { });
        pool.Dispose();
        pool.Dispose();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    [Theory, InlineData(1), InlineData(3)]
    public void A_failure_in_any_chunk_reaches_the_caller_and_the_pool_goes_on(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var i = 0; i < 50; i++)
        {
            Assert.Throws<FormatException>(() => pool.For(20, chunk =>
            {
                if (chunk == 13)
                    throw new FormatException();
            }));
            var sum = 0;
            pool.For(20, chunk => Interlocked.Add(ref sum, chunk));
            Assert.Equal(190, sum);
        }
    }

    [Fact]
    public void A_loop_within_a_loop_is_refused()
    {
        using var pool = new WorkerPool(2);
        Assert.Throws<InvalidOperationException>(() => pool.For(4, _ => pool.For(4, _ => { })));
    }

    [Fact]
    public void By_default_there_is_one_thread_per_core()
    {
        using var pool = new WorkerPool();
        Assert.Equal(Environment.ProcessorCount, pool.Threads);
    }
}
