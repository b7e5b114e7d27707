namespace Histoseg.Slides.Synthesis;

/// <summary>Which parts of the tissue are taken, on a coarse grid: keeps structures apart and tells where plain stroma is.</summary>
internal sealed class OccupancyMap
{
    /// <summary>Edge of a grid cell, µm.</summary>
    public const double Cell = 4;

    private readonly bool[] _busy;
    private readonly int _columns, _rows;

    /// <summary>A map of a slide of this size (µm); points for which <paramref name="open"/> is false are taken from the start.</summary>
    public OccupancyMap(double width, double height, Func<double, double, bool> open)
    {
        _columns = (int)Math.Ceiling(width / Cell);
        _rows = (int)Math.Ceiling(height / Cell);
        _busy = new bool[_columns * _rows];
        Parallel.For(0, _rows, row =>
        {
            for (var column = 0; column < _columns; column++)
                _busy[row * _columns + column] = !open((column + 0.5) * Cell, (row + 0.5) * Cell);
        });
        FreeArea = _busy.Count(b => !b) * Cell * Cell;
    }

    /// <summary>Area that was open at the start, µm².</summary>
    public double FreeArea { get; }

    /// <summary>Whether a point is open. Outside the map nothing is.</summary>
    public bool IsFree(double x, double y)
    {
        var (column, row) = ((int)Math.Floor(x / Cell), (int)Math.Floor(y / Cell));
        return column >= 0 && row >= 0 && column < _columns && row < _rows && !_busy[row * _columns + column];
    }

    /// <summary>Takes the inside of an outline if all of it and a gap round it (µm) are open.</summary>
    /// <returns>The area taken, µm²; 0 if it does not fit.</returns>
    public double TryTake(Outline outline, double gap)
    {
        var reach = outline.Reach + gap;
        for (var pass = 0; ; pass++)
        {
            var area = 0.0;
            for (var y = outline.Y - reach; y <= outline.Y + reach; y += Cell)
                for (var x = outline.X - reach; x <= outline.X + reach; x += Cell)
                {
                    if (outline.Depth(x, y) < (pass == 0 ? -gap : 0)) continue;
                    if (pass == 0 && !IsFree(x, y)) return 0;
                    if (pass == 0) continue;
                    _busy[(int)(y / Cell) * _columns + (int)(x / Cell)] = true;
                    area += Cell * Cell;
                }
            if (pass == 1) return area;
        }
    }
}
