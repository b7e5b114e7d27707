using System.Collections.Concurrent;
using Histoseg.Engine.Backends;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Reads a grid of patches row by row on a thread of its own, a few batches ahead of the network.</summary>
/// <remarks>
/// Cells of the slide are read as tasks, as many at once as there are to be threads. That thread looks which patches have tissue, strictly in grid order.
/// </remarks>
internal sealed class PatchReader : IDisposable
{
    private const int BatchesInFlight = 3; // one being read, one waiting, one in the network
    private const int PatchesPerThread = 3; // whose cells are begun ahead, so that some are read while others are waited for
    private const int CellSide = 256; // at least, but no more than a patch: a slide's first patches shall not wait for much else
    private const int MostPlaces = 512; // so that long stretches of white are told as progress too
    private const long MostSpent = 32 << 20; // bytes that wait with a batch to be used again
    private readonly SlideView _view;
    private readonly TileAxis _columns, _rows;
    private readonly int _patchSize, _batchSize, _threads;
    private readonly TissueRule _rule;
    private readonly byte _tissueThreshold;
    private readonly BlockingCollection<GridBatch> _free = [], _filled = [];
    private readonly CancellationTokenSource _stop;
    private readonly ViewCells _cells;
    private readonly Task _task;

    /// <summary>Begins to read.</summary>
    /// <param name="view">The slide at the model's scale.</param>
    /// <param name="columns">The grid's columns.</param>
    /// <param name="rows">The grid's rows.</param>
    /// <param name="patchSize">Side of the square patch, view pixels.</param>
    /// <param name="batchSize">Patches of a batch that have tissue.</param>
    /// <param name="rule">What counts as tissue.</param>
    /// <param name="tissueThreshold">What counts as white: R, G and B above this.</param>
    /// <param name="threads">Cells read at once.</param>
    /// <param name="readsBlank">Whether all is read, what a low level shows as white too.</param>
    /// <param name="cancellation">Stops.</param>
    public PatchReader(SlideView view, TileAxis columns, TileAxis rows, int patchSize, int batchSize, TissueRule rule, byte tissueThreshold, int threads,
        bool readsBlank, CancellationToken cancellation)
    {
        (_view, _columns, _rows, _patchSize, _batchSize, _rule, _tissueThreshold, _threads) =
            (view, columns, rows, patchSize, batchSize, rule, tissueThreshold, threads);
        for (var i = 0; i < BatchesInFlight; i++)
            _free.Add(new GridBatch());
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _cells = new(view, Math.Min(CellSide, patchSize), patchSize, tissueThreshold, threads, readsBlank, _stop.Token);
        _task = Task.Factory.StartNew(ReadAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What patches are cut from.</summary>
    public BlockLayout Blocks => _cells.Layout;

    /// <summary>Done when all is read; its errors are thrown by <see cref="Batches"/>.</summary>
    public Task Ended => _task;

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
        _cells.Dispose();
        _stop.Dispose();
        _free.Dispose();
        _filled.Dispose();
    }

    private void ReadAll()
    {
        var ahead = PatchesPerThread * _threads;
        var begun = new Queue<IReadOnlyList<Task<ViewCells.Cell>>>(ahead);
        try
        {
            var mask = _rule == TissueRule.Otsu ? TissueMask.FromSlide(_view) : null;
            var (started, total) = (0L, (long)_columns.Starts.Count * _rows.Starts.Count);
            var batch = _free.Take(_stop.Token);
            for (var patch = 0L; patch < total; patch++)
            {
                for (; started < Math.Min(total, patch + ahead); started++)
                    begun.Enqueue(Begin(_columns.Starts[ColumnOf(started)], _rows.Starts[RowOf(started)], mask));
                var (column, row) = (ColumnOf(patch), RowOf(patch));
                _cells.ForgetAbove(_rows.Starts[row], batch.Spent);
                // One after the other, so that of several errors the first in the grid's order is told.
                var read = begun.Dequeue().Select(cell => cell.GetAwaiter().GetResult()).ToList();
                _stop.Token.ThrowIfCancellationRequested();
                var (kind, cut) = Look(read, _columns.Starts[column], _rows.Starts[row], mask);
                batch.Places.Add(new(row, column, kind, batch.Patches.Count));
                if (kind == PatchKind.Tissue)
                    batch.Patches.Add(cut);
                if (batch.Patches.Count == _batchSize || batch.Places.Count == MostPlaces || batch.SpentBytes > MostSpent)
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

    private IReadOnlyList<Task<ViewCells.Cell>> Begin(int x, int y, TissueMask? mask) =>
        _cells.Of(x, y, mayBeBlank: mask is null || mask.Share(x, y, _patchSize, _patchSize) == 0);

    private int RowOf(long patch) => (int)(patch / _columns.Starts.Count);

    private int ColumnOf(long patch) => (int)(patch % _columns.Starts.Count);

    // None are read where a low level is white.
    private (PatchKind Kind, PatchCut Cut) Look(List<ViewCells.Cell> cells, int x, int y, TissueMask? mask)
    {
        if (cells.Count == 0)
            return (PatchKind.Blank, default);
        if (mask is null && cells.TrueForAll(cell => cell.IsWhite))
            return (PatchKind.White, default);
        var cut = new PatchCut(x, y, [.. cells.Select(cell => cell.Pixels)]);
        // Corrupt tiles may lie in other parts of the cells.
        if (cells.Exists(cell => !cell.IsReadable))
        {
            var rgb = new byte[_patchSize * _patchSize * 3];
            if (!_view.Read(x, y, _patchSize, _patchSize, rgb))
                return (PatchKind.Unreadable, default);
            cut = new(x, y, [new(_cells.OwnSlot, x, y, _patchSize, _patchSize, rgb)]);
        }
        var hasTissue = mask is null ? cut.Blocks.Any(block => HasTissue(block, x, y))
            : mask.Share(x, y, _patchSize, _patchSize) > 0;
        return hasTissue ? (PatchKind.Tissue, cut) : (PatchKind.White, default);
    }

    // Whether the part that the patch at (x, y) has of a block is not all white.
    private bool HasTissue(PixelBlock block, int x, int y)
    {
        var (left, top, width, height) = block.PartOf(x, y, _patchSize);
        for (var row = top; row < top + height; row++)
            if (!Tissue.IsBackground(block.Rgb.AsSpan(block.At(left, row), width * 3), _tissueThreshold))
                return true;
        return false;
    }
}
