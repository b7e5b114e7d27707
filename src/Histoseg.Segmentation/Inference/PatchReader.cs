using System.Collections.Concurrent;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Reads a grid of patches row by row on a thread of its own, a few batches ahead of the network.</summary>
/// <remarks>
/// Cells of the slide are read as tasks, as many at once as there are to be threads. That thread cuts patches from them, strictly in grid order, into batches.
/// </remarks>
internal sealed class PatchReader : IDisposable
{
    private const int BatchesInFlight = 3; // one being read, one waiting, one in the network
    private const int PatchesPerThread = 3; // whose cells are begun ahead, so that some are read while others are waited for
    private const int CellSide = 256; // at least, but no more than a patch: a slide's first patches shall not wait for much else
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
        var ahead = PatchesPerThread * _threads;
        var begun = new Queue<IReadOnlyList<Task<ViewCells.Cell>>>(ahead);
        using var cells = new ViewCells(_view, Math.Min(CellSide, _patchSize), _tissueThreshold, _threads, _stop.Token);
        try
        {
            var patchBytes = _patchSize * _patchSize * 3;
            var mask = _rule == TissueRule.Otsu ? TissueMask.FromSlide(_view) : null;
            var (started, total) = (0L, (long)_columns.Starts.Count * _rows.Starts.Count);
            var batch = _free.Take(_stop.Token);
            for (var patch = 0L; patch < total; patch++)
            {
                for (; started < Math.Min(total, patch + ahead); started++)
                    begun.Enqueue(cells.Of(_columns.Starts[ColumnOf(started)], _rows.Starts[RowOf(started)], _patchSize, _patchSize));
                var (column, row) = (ColumnOf(patch), RowOf(patch));
                cells.ForgetAbove(_rows.Starts[row]);
                // One after the other, so that of several errors the first in the grid's order is told.
                var read = begun.Dequeue().Select(cell => cell.GetAwaiter().GetResult()).ToList();
                _stop.Token.ThrowIfCancellationRequested();
                var kind = Cut(read, _columns.Starts[column], _rows.Starts[row], mask, batch.Rgb.AsSpan(batch.Count * patchBytes, patchBytes));
                batch.Places.Add(new(row, column, kind, batch.Count));
                if (kind == PatchKind.Tissue)
                    batch.Count++;
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
            _filled.CompleteAdding();
        }
    }

    private int RowOf(long patch) => (int)(patch / _columns.Starts.Count);

    private int ColumnOf(long patch) => (int)(patch % _columns.Starts.Count);

    private PatchKind Cut(List<ViewCells.Cell> cells, int x, int y, TissueMask? mask, Span<byte> rgb)
    {
        // Corrupt tiles may lie in other parts of the cells.
        if (cells.Exists(cell => !cell.IsReadable))
        {
            if (!_view.Read(x, y, _patchSize, _patchSize, rgb))
                return PatchKind.Unreadable;
        }
        else if (mask is null && cells.TrueForAll(cell => cell.IsWhite))
            return PatchKind.White;
        else
            Copy(cells, x, y, rgb);
        return (mask is null ? Tissue.IsBackground(rgb, _tissueThreshold) : mask.Share(x, y, _patchSize, _patchSize) == 0) ? PatchKind.White : PatchKind.Tissue;
    }

    private void Copy(List<ViewCells.Cell> cells, int x, int y, Span<byte> rgb)
    {
        var patch = new Region(x, y, _patchSize, _patchSize);
        if (x + _patchSize > _view.Width || y + _patchSize > _view.Height)
            rgb.Fill(255);
        foreach (var cell in cells)
            cell.Place.Intersect(patch).Copy(cell.Rgb, cell.Place, x, y, _patchSize, rgb);
    }
}
