using System.Collections.Concurrent;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Reads a grid of patches row by row on a thread of its own, a few batches ahead of the network.</summary>
/// <remarks>
/// That thread puts patches into batches strictly in grid order; reading and looking for tissue are tasks, as many at once as there are to be threads.
/// </remarks>
internal sealed class PatchReader : IDisposable
{
    private const int BatchesInFlight = 3; // one being read, one waiting, one in the network
    private const int MostPlaces = 512; // so that long stretches of white are told as progress too
    private readonly SlideView _view;
    private readonly TileAxis _columns, _rows;
    private readonly int _patchSize, _batchSize, _threads;
    private readonly TissueRule _rule;
    private readonly byte _tissueThreshold;
    private readonly BlockingCollection<GridBatch> _free = [], _filled = [];
    private readonly CancellationTokenSource _stop;
    private readonly Task _task;

    public PatchReader(SlideView view, TileAxis columns, TileAxis rows, int patchSize, int batchSize, TissueRule rule, byte tissueThreshold, int threads,
        CancellationToken cancellation)
    {
        (_view, _columns, _rows, _patchSize, _batchSize, _rule, _tissueThreshold, _threads) =
            (view, columns, rows, patchSize, batchSize, rule, tissueThreshold, threads);
        for (var i = 0; i < BatchesInFlight; i++)
            _free.Add(new GridBatch(batchSize, patchSize * patchSize * 3));
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _task = Task.Factory.StartNew(ReadAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The batches in grid order. Each is used again once the next is asked for. What went wrong in reading is thrown here.</summary>
    public IEnumerable<GridBatch> Batches()
    {
        foreach (var batch in _filled.GetConsumingEnumerable())
        {
            yield return batch;
            batch.Clear();
            _free.Add(batch);
        }
        _task.GetAwaiter().GetResult();
    }

    /// <summary>Stops reading and waits until it has.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        ((IAsyncResult)_task).AsyncWaitHandle.WaitOne();
        _ = _task.Exception; // observed: it was thrown by Batches, or a cancelled job has no use for it
        _stop.Dispose();
        _free.Dispose();
        _filled.Dispose();
    }

    private void ReadAll()
    {
        var reads = new Queue<Task<PatchKind>>(_threads);
        try
        {
            var patchBytes = _patchSize * _patchSize * 3;
            var mask = _rule == TissueRule.Otsu ? TissueMask.FromSlide(_view) : null;
            // Patch i is read into the buffer i % _threads, which is free again once patch i has been taken out.
            var buffers = Enumerable.Range(0, _threads).Select(_ => new byte[patchBytes]).ToArray();
            var (started, total) = (0L, (long)_columns.Starts.Count * _rows.Starts.Count);
            var batch = _free.Take(_stop.Token);
            for (var patch = 0L; patch < total; patch++)
            {
                for (; started < Math.Min(total, patch + _threads); started++)
                {
                    var (row, column, buffer) = ((int)(started / _columns.Starts.Count), (int)(started % _columns.Starts.Count), buffers[started % _threads]);
                    reads.Enqueue(Task.Run(() => Read(_columns.Starts[column], _rows.Starts[row], mask, buffer)));
                }
                var kind = reads.Dequeue().GetAwaiter().GetResult();
                _stop.Token.ThrowIfCancellationRequested();
                batch.Places.Add(new((int)(patch / _columns.Starts.Count), (int)(patch % _columns.Starts.Count), kind, batch.Count));
                if (kind == PatchKind.Tissue)
                    buffers[patch % _threads].CopyTo(batch.Rgb.AsSpan(batch.Count++ * patchBytes));
                if (batch.Count == _batchSize || batch.Places.Count == MostPlaces)
                {
                    _filled.Add(batch);
                    batch = _free.Take(_stop.Token);
                }
            }
            _filled.Add(batch);
        }
        finally
        {
            // After an error others still read; the slide may be closed only when they have ended. What they throw comes after the first error, which is
            // the one to tell.
            foreach (var read in reads)
                ((IAsyncResult)read).AsyncWaitHandle.WaitOne();
            _filled.CompleteAdding();
        }
    }

    private PatchKind Read(int x, int y, TissueMask? mask, byte[] rgb)
    {
        if (_stop.IsCancellationRequested)
            return PatchKind.Unreadable; // nobody looks at it any more
        // Read even where the mask has no tissue: to the mask, unreadable parts are white too.
        return !_view.Read(x, y, _patchSize, _patchSize, rgb) ? PatchKind.Unreadable
            : (mask is null ? Tissue.IsBackground(rgb, _tissueThreshold) : mask.Share(x, y, _patchSize, _patchSize) == 0) ? PatchKind.White
            : PatchKind.Tissue;
    }
}
