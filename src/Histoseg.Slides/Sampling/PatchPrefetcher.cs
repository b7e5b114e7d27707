using System.Runtime.ExceptionServices;

namespace Histoseg.Slides.Sampling;

/// <summary>Loads batches on background threads ahead of the training and hands them out strictly in order of iteration.</summary>
/// <remarks>
/// There are <c>ahead + 1</c> batches in all, so memory stays below (ahead + 1) × batch size × PatchSize² × 4 bytes plus a few patches per thread; they are
/// used again once returned.
/// </remarks>
internal sealed class PatchPrefetcher : IDisposable
{
    private readonly PatchSampler _sampler;
    private readonly PatchLoader _loader;
    private readonly Stack<PatchBatch> _free = [];
    private readonly HashSet<PatchBatch> _handedOut = [];
    private readonly Dictionary<long, (PatchBatch Batch, ExceptionDispatchInfo? Failure)> _ready = [];
    private readonly Thread[] _threads;
    private readonly CancellationTokenSource _stop = new();
    private readonly object _gate = new();
    private readonly int _batches, _first;
    private long _claim, _deliver;

    /// <summary>Starts loading.</summary>
    /// <param name="sampler">Draws patches.</param>
    /// <param name="loader">Loads them.</param>
    /// <param name="batchSize">Patches per batch, at least 1.</param>
    /// <param name="startIteration">The first step wanted; what a step gets does not depend on where the run started.</param>
    /// <param name="ahead">Batches ready or in work while one is in use, at least 1.</param>
    /// <param name="threads">Background threads, at least 1; the batches do not depend on it.</param>
    /// <param name="first">The place of their first patch in the step's batch, of which each may be a part.</param>
    public PatchPrefetcher(PatchSampler sampler, PatchLoader loader, int batchSize, long startIteration, int ahead = 4, int threads = 1, int first = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (_sampler, _loader, _claim, _deliver, _batches, _first) = (sampler, loader, startIteration, startIteration, ahead + 1, first);
        for (var i = 0; i < _batches; i++) _free.Push(new PatchBatch(batchSize, loader.PatchSize, loader.RowLength));
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"patches {i}" })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>The next step's batch; waits for it if need be. Give it back with <see cref="Return"/>.</summary>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="SlideError">Loading this batch failed (any other exception of the loader comes through as well); asking again fails again.</exception>
    /// <exception cref="InvalidOperationException">All batches are handed out and none has been returned.</exception>
    public PatchBatch Next(CancellationToken cancel = default)
    {
        using var wake = cancel.Register(() => { lock (_gate) Monitor.PulseAll(_gate); });
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (_handedOut.Count == _batches) throw new InvalidOperationException("every batch is handed out; return one first");
            (PatchBatch Batch, ExceptionDispatchInfo? Failure) ready;
            while (!_ready.TryGetValue(_deliver, out ready))
            {
                ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
                cancel.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }
            ready.Failure?.Throw();
            _ready.Remove(_deliver++);
            _handedOut.Add(ready.Batch);
            return ready.Batch;
        }
    }

    /// <summary>Gives a batch back to be filled anew; its arrays must not be used any more.</summary>
    /// <exception cref="ArgumentException">The batch did not come from here, or is back already.</exception>
    public void Return(PatchBatch batch)
    {
        lock (_gate)
        {
            if (!_handedOut.Remove(batch)) throw new ArgumentException("this batch is not handed out", nameof(batch));
            _free.Push(batch);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Stops the threads and waits for them; each finishes at most the patch it is at.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stop.Cancel();
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads) thread.Join();
    }

    private void Work()
    {
        while (true)
        {
            PatchBatch? batch;
            long iteration;
            lock (_gate)
            {
                while (!_free.TryPop(out batch))
                {
                    if (_stop.IsCancellationRequested) return;
                    Monitor.Wait(_gate);
                }
                iteration = _claim++;
            }
            ExceptionDispatchInfo? failure = null;
            try
            {
                batch.Fill(iteration, _sampler, _loader, _stop.Token, _first);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, it belongs to whoever asks for this batch.
                failure = ExceptionDispatchInfo.Capture(e);
            }
            lock (_gate)
            {
                _ready[iteration] = (batch, failure);
                Monitor.PulseAll(_gate);
            }
        }
    }
}
