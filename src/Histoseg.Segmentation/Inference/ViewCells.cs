using System.Buffers;
using Histoseg.Engine.Backends;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// A view cut into cells along the tiles its slide is stored in, each read when it is first asked for and held until the grid has passed it. Patches that
/// overlap are cut from them: every tile is decoded and every pixel resampled once. Cells without tissue are not read where a low level tells so.
/// </summary>
internal sealed class ViewCells : IDisposable
{
    private readonly SlideView _view;
    private readonly int _patchSize, _rowsHeld;
    private readonly byte _whiteThreshold;
    private readonly BlankGround? _blank;
    private readonly SemaphoreSlim _reading;
    private readonly CancellationToken _stop;
    private readonly int[] _columns, _rows;
    private readonly Dictionary<(int Column, int Row), Task<Cell>> _cells = [];
    private readonly Dictionary<(int Column, int Row), bool> _isBlank = []; // each is looked at once
    private int _firstRow;

    /// <summary>Cuts a view.</summary>
    /// <param name="view">The slide at the model's scale.</param>
    /// <param name="side">Least side of a cell in view pixels.</param>
    /// <param name="patchSize">Side of the patches in view pixels.</param>
    /// <param name="whiteThreshold">A cell is white where all R, G and B are above this.</param>
    /// <param name="threads">Cells read at once.</param>
    /// <param name="readsBlank">Whether all is read, what a low level shows as white too.</param>
    /// <param name="stop">Ends reading; a cell that is read then is not looked at.</param>
    public ViewCells(SlideView view, int side, int patchSize, byte whiteThreshold, int threads, bool readsBlank, CancellationToken stop)
    {
        _view = view.Through(new TileKeeper(view.Slide));
        (_patchSize, _whiteThreshold, _stop, _reading) = (patchSize, whiteThreshold, stop, new(threads));
        (_columns, _rows) = (view.ColumnCuts(side), view.RowCuts(side));
        _blank = readsBlank ? null : BlankGround.Of(_view, whiteThreshold);
        // The most rows of cells that a patch has part in.
        _rowsHeld = Enumerable.Range(0, _rows.Length - 1).Max(row => BottomOf(_rows[row + 1] - 1) - row + 1);
    }

    /// <summary>A rectangle of the view.</summary>
    /// <param name="Pixels">Its pixels and where they are, view pixels.</param>
    /// <param name="IsReadable">Whether no part of it lies in a corrupt tile.</param>
    /// <param name="IsWhite">Whether all of it is white.</param>
    internal sealed record Cell(PixelBlock Pixels, bool IsReadable, bool IsWhite);

    /// <summary>The cells. One slot more than they need is for a patch by itself, <see cref="OwnSlot"/>.</summary>
    public BlockLayout Layout => new(OwnSlot + 1, Math.Max(_patchSize * _patchSize, Largest(_columns) * Largest(_rows)));

    /// <summary>The slot of a patch that is read by itself.</summary>
    public int OwnSlot => _rowsHeld * (_columns.Length - 1);

    /// <summary>The cells a patch has part in, row by row; reading them is begun where it was not. Only one thread may ask.</summary>
    /// <param name="x">The patch's left edge.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="mayBeBlank">Whether it is left out, and no cell given, where a low level shows that all its cells are white.</param>
    public IReadOnlyList<Task<Cell>> Of(int x, int y, bool mayBeBlank)
    {
        var (left, right) = (At(_columns, x), At(_columns, Math.Min(x + _patchSize, _view.Width) - 1));
        var (top, bottom) = (At(_rows, y), BottomOf(y));
        var places = new List<(int Column, int Row)>((right - left + 1) * (bottom - top + 1));
        for (var row = top; row <= bottom; row++)
            for (var column = left; column <= right; column++)
                places.Add((column, row));
        if (mayBeBlank && places.TrueForAll(IsBlank))
            return [];
        foreach (var place in places)
            if (!_cells.ContainsKey(place))
                _cells[place] = Read(place);
        return [.. places.Select(place => _cells[place])];
    }

    /// <summary>Gives up the cells that lie above a row of the view.</summary>
    /// <param name="y">The row.</param>
    /// <param name="spent">Receives their pixels, which patches asked for before may still need.</param>
    public void ForgetAbove(int y, List<byte[]> spent)
    {
        for (; _rows[_firstRow + 1] <= y; _firstRow++)
            for (var column = 0; column < _columns.Length - 1; column++)
            {
                _isBlank.Remove((column, _firstRow));
                if (_cells.Remove((column, _firstRow), out var cell) && cell.IsCompletedSuccessfully)
                    spent.Add(cell.Result.Pixels.Rgb);
            }
    }

    /// <summary>Waits until nothing is being read: only then may the slide be closed. What goes wrong then is not told.</summary>
    public void Dispose()
    {
        foreach (var cell in _cells.Values)
            ((IAsyncResult)cell).AsyncWaitHandle.WaitOne();
        _view.Slide.Dispose();
        _reading.Dispose();
    }

    private bool IsBlank((int Column, int Row) place) =>
        _isBlank.TryGetValue(place, out var isBlank) ? isBlank : _isBlank[place] = _blank?.Covers(PlaceOf(place)) == true;

    private Task<Cell> Read((int Column, int Row) at) => Task.Run(async () =>
    {
        var place = PlaceOf(at);
        await _reading.WaitAsync(_stop);
        try
        {
            var rgb = ArrayPool<byte>.Shared.Rent(place.Width * place.Height * 3);
            var isReadable = _view.Read((int)place.X, (int)place.Y, place.Width, place.Height, rgb);
            var pixels = new PixelBlock(at.Row % _rowsHeld * (_columns.Length - 1) + at.Column, (int)place.X, (int)place.Y, place.Width, place.Height, rgb);
            return new Cell(pixels, isReadable, isReadable && Tissue.IsBackground(rgb.AsSpan(0, place.Width * place.Height * 3), _whiteThreshold));
        }
        finally
        {
            _reading.Release();
        }
    });

    private Region PlaceOf((int Column, int Row) at) =>
        new(_columns[at.Column], _rows[at.Row], _columns[at.Column + 1] - _columns[at.Column], _rows[at.Row + 1] - _rows[at.Row]);

    // The lowest row of cells that a patch at y has part in.
    private int BottomOf(int y) => At(_rows, Math.Min(y + _patchSize, _view.Height) - 1);

    private static int Largest(int[] cuts) => cuts.Zip(cuts.Skip(1), (from, to) => to - from).Max();

    private static int At(int[] cuts, int place)
    {
        var at = Array.BinarySearch(cuts, place);
        return at >= 0 ? at : ~at - 1;
    }
}
