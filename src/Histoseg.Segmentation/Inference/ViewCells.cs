using System.Buffers;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// A view cut into cells along the tiles its slide is stored in, each read when it is first asked for and held until the grid has passed it. Patches that
/// overlap are copied from them: every tile is decoded and every pixel resampled once.
/// </summary>
/// <param name="view">The slide at the model's scale.</param>
/// <param name="side">Least side of a cell in view pixels.</param>
/// <param name="whiteThreshold">A cell is white where all R, G and B are above this.</param>
/// <param name="threads">Cells read at once.</param>
/// <param name="stop">Ends reading; a cell that is read then is not looked at.</param>
internal sealed class ViewCells(SlideView view, int side, byte whiteThreshold, int threads, CancellationToken stop) : IDisposable
{
    private readonly SlideView _view = view.Through(new TileKeeper(view.Slide));
    private readonly SemaphoreSlim _reading = new(threads);
    private readonly int[] _columns = view.ColumnCuts(side), _rows = view.RowCuts(side);
    private readonly Dictionary<(int Column, int Row), Task<Cell>> _cells = [];
    private int _firstRow;

    /// <summary>A rectangle of the view.</summary>
    /// <param name="Place">Where it is, view pixels.</param>
    /// <param name="Rgb">Its pixels; may be longer.</param>
    /// <param name="IsReadable">Whether no part of it lies in a corrupt tile.</param>
    /// <param name="IsWhite">Whether all of it is white.</param>
    internal sealed record Cell(Region Place, byte[] Rgb, bool IsReadable, bool IsWhite);

    /// <summary>The cells a rectangle has part in, row by row; reading them is begun where it was not. Only one thread may ask.</summary>
    public IReadOnlyList<Task<Cell>> Of(int x, int y, int width, int height)
    {
        var (left, right) = (At(_columns, x), At(_columns, Math.Min(x + width, view.Width) - 1));
        var (top, bottom) = (At(_rows, y), At(_rows, Math.Min(y + height, view.Height) - 1));
        var cells = new List<Task<Cell>>((right - left + 1) * (bottom - top + 1));
        for (var row = top; row <= bottom; row++)
            for (var column = left; column <= right; column++)
            {
                if (!_cells.TryGetValue((column, row), out var cell))
                    _cells[(column, row)] = cell = Read(column, row);
                cells.Add(cell);
            }
        return cells;
    }

    /// <summary>Gives up the cells that lie above a row of the view, which nobody may look at any more.</summary>
    public void ForgetAbove(int y)
    {
        for (; _rows[_firstRow + 1] <= y; _firstRow++)
            for (var column = 0; column < _columns.Length - 1; column++)
                if (_cells.Remove((column, _firstRow), out var cell) && cell.IsCompletedSuccessfully)
                    ArrayPool<byte>.Shared.Return(cell.Result.Rgb);
    }

    /// <summary>Waits until nothing is being read: only then may the slide be closed. What goes wrong then is not told.</summary>
    public void Dispose()
    {
        foreach (var cell in _cells.Values)
            ((IAsyncResult)cell).AsyncWaitHandle.WaitOne();
        _view.Slide.Dispose();
        _reading.Dispose();
    }

    private Task<Cell> Read(int column, int row) => Task.Run(async () =>
    {
        var place = new Region(_columns[column], _rows[row], _columns[column + 1] - _columns[column], _rows[row + 1] - _rows[row]);
        await _reading.WaitAsync(stop);
        try
        {
            var rgb = ArrayPool<byte>.Shared.Rent(place.Width * place.Height * 3);
            var isReadable = _view.Read((int)place.X, (int)place.Y, place.Width, place.Height, rgb);
            return new Cell(place, rgb, isReadable, isReadable && Tissue.IsBackground(rgb.AsSpan(0, place.Width * place.Height * 3), whiteThreshold));
        }
        finally
        {
            _reading.Release();
        }
    });

    private static int At(int[] cuts, int place)
    {
        var at = Array.BinarySearch(cuts, place);
        return at >= 0 ? at : ~at - 1;
    }
}
