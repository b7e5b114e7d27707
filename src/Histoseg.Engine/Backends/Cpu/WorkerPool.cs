using System.Runtime.ExceptionServices;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>A fixed set of threads that run numbered chunks of one loop at a time, without allocating.</summary>
/// <remarks>Which thread runs which chunk varies; results do not, because a chunk's work never depends on it.</remarks>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 300;

    [ThreadStatic]
    private static int _worker;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _wake = new(0);
    private Action<int>? _body;
    private Exception? _failure;
    private int _chunks, _next, _running, _generation;
    private volatile bool _stopping;

    /// <summary>A pool of <paramref name="threads"/> threads, the caller of <see cref="For"/> included; 0 means one per core.</summary>
    public WorkerPool(int threads = 0)
    {
        Threads = threads > 0 ? threads : Environment.ProcessorCount;
        _threads = new Thread[Threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"engine worker {i + 1}" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of threads, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Which of the pool's threads is running, 0 … Threads − 1: the index of a chunk's scratch memory.</summary>
    public static int Worker => _worker;

    /// <summary>
    /// Runs <paramref name="body"/>(0) … <paramref name="body"/>(chunks − 1) and returns when all are done; then throws the first exception of any.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from within a loop of this pool.</exception>
    public void For(int chunks, Action<int> body)
    {
        if (chunks <= 1 || _threads.Length == 0)
        {
            for (var i = 0; i < chunks; i++)
                body(i);
            return;
        }
        if (_body is not null)
            throw new InvalidOperationException("a loop cannot start another loop on the same pool");
        _body = body;
        _chunks = chunks;
        Volatile.Write(ref _next, 0);
        Volatile.Write(ref _running, _threads.Length);
        Interlocked.Increment(ref _generation);
        _wake.Release(_threads.Length);
        Drain();
        var spin = new SpinWait();
        while (Volatile.Read(ref _running) > 0)
            spin.SpinOnce(sleep1Threshold: -1);
        _body = null;
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    private void Work(int worker)
    {
        _worker = worker;
        var seen = 0;
        while (true)
        {
            for (var i = 0; i < SpinsBeforeSleep && Volatile.Read(ref _generation) == seen && !_stopping; i++)
                Thread.SpinWait(8);
            _wake.Wait();
            if (_stopping)
                return;
            seen = Volatile.Read(ref _generation);
            Drain();
            Interlocked.Decrement(ref _running);
        }
    }

    // A thread may take two permits of one loop while another sleeps on: the loop ends when all permits are spent, so none is left over.
    private void Drain()
    {
        int chunk;
        while ((chunk = Interlocked.Increment(ref _next) - 1) < _chunks)
        {
            try
            {
                _body!(chunk);
            }
            catch (Exception failure)
            {
                // The first failure is thrown to the loop's caller once all threads are done.
                Interlocked.CompareExchange(ref _failure, failure, null);
            }
        }
    }

    /// <summary>Stops the threads.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _wake.Release(Math.Max(1, _threads.Length));
        foreach (var thread in _threads)
            thread.Join();
        _wake.Dispose();
    }
}
