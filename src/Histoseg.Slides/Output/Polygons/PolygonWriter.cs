using System.Globalization;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>
/// Writes a label map as polygons: one for each connected region (4-neighbours), valid, with holes, along the pixel edges or near them, in level-0 pixels.
/// </summary>
/// <remarks>
/// Class 0 and <see cref="ClassMap.Ignore"/> get no polygon. Regions are written as soon as their last row is in, so memory holds no picture but every
/// corner of the regions still open, up to some 100 bytes each: one ragged region from the top of a slide to its bottom is held whole. What
/// <see cref="PolygonLimits"/> leaves out is told in <see cref="Note"/> and, where the format has a place for it, in the file.
/// </remarks>
internal sealed class PolygonWriter : ILabelRows, IForegroundTaker
{
    private readonly int _width;
    private readonly int _height;
    private readonly PolygonSettings _settings;
    private readonly IPolygonFormat _format;
    private readonly WholeFile _file;
    private readonly PolygonTracer _tracer;
    private readonly PolygonBudget _budget;
    private readonly Region _part;
    private readonly byte[] _inside;
    private readonly RowPairs? _pairs;
    private readonly long _head;
    private int _rows;
    private int _small;
    private int _written;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="width">The label map's width, pixels.</param>
    /// <param name="height">The label map's height, pixels.</param>
    /// <param name="settings">What polygons mean, and which are written.</param>
    /// <param name="format">How they are written.</param>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public PolygonWriter(string path, int width, int height, PolygonSettings settings, IPolygonFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Downsample);
        (_width, _height, _settings, _format, _inside) = (width, height, settings, format, new byte[width]);
        _budget = new(settings.Limits);
        _part = settings.Part ?? new(0, 0, (int)Math.Ceiling(width * settings.Downsample), (int)Math.Ceiling(height * settings.Downsample));
        _tracer = new PolygonTracer(width, Write, settings.Limits.LeastPixels);
        _pairs = settings.HasForeground ? new(width, Add) : null;
        _file = new WholeFile(path);
        format.Begin(_file);
        _head = _file.Length;
    }

    /// <inheritdoc/>
    public ILabelRows? Foreground => _pairs?.Foreground;

    /// <inheritdoc/>
    public string? Note { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Not whole rows, more rows than the map has, or a label without a class name.</exception>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Write(ReadOnlySpan<byte> rows)
    {
        if (rows.Length % _width != 0)
            throw new ArgumentException($"{rows.Length} labels are not whole rows of {_width}", nameof(rows));
        if (_pairs is not null)
            _pairs.AddLabels(rows);
        else
            for (; rows.Length > 0; rows = rows[_width..])
                Add(rows[.._width], default);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Complete()
    {
        if (_rows != _height)
            throw new InvalidOperationException($"{_rows} of {_height} rows were written");
        _tracer.Complete();
        Trim();
        var leftOut = LeftOut();
        Note = leftOut?.Note;
        _format.End(_file, _budget, leftOut);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (_format as IDisposable)?.Dispose();
        _file.Dispose();
    }

    private void Add(ReadOnlySpan<byte> row, ReadOnlySpan<byte> foreground)
    {
        if (_rows == _height)
            throw new ArgumentException($"more rows than the map's {_height}", nameof(row));
        if (_settings.ClassNames.Count < ClassMap.Ignore && row.ContainsAnyInRange((byte)_settings.ClassNames.Count, (byte)(ClassMap.Ignore - 1)))
            throw new ArgumentException($"row {_rows} has a label without a class name", nameof(row));
        _tracer.Add(Inside(row), foreground);
        _rows++;
    }

    private void Write(ConnectedRegion<PolygonOutlines> region)
    {
        if (region.Area < _settings.Limits.LeastPixels)
        {
            _small++;
            return;
        }
        if (!_budget.Takes(region.Area))
            return;
        var rings = PolygonRings.Of(region.Data, _settings.Limits.LeastPixels);
        var polygon = new TracedPolygon(_written++, region.Label, region.Area,
            _settings.HasForeground ? region.Data.Foreground / (255.0 * region.Area) : null,
            [.. rings.Select(ring => ring.ConvertAll(corner => _settings.PointOf(corner, _part)))]).Simplified(_settings.Tolerance);
        var offset = _file.Length;
        _format.Add(_file, polygon);
        if (_budget.Add(region.Label, region.Area, offset, _file.Length - offset, polygon.Corners))
            Trim();
    }

    private void Trim()
    {
        if (!_budget.Trim())
            return;
        _file.Keep(_head, _budget.Text);
        _budget.Moved(_head);
    }

    private PolygonsLeftOut? LeftOut()
    {
        var (holes, limits) = (_tracer.HolesLeftOut, _settings.Limits);
        if (_small == 0 && holes == 0 && _budget.LeftOut == 0)
            return null;
        List<string> parts = [];
        if (_small > 0 || holes > 0)
            parts.Add($"{Figures.Count(_small, "object")} and {Figures.Count(holes, "hole")} "
                + Figures.Text($"smaller than {limits.LeastPixels} pixels of the label map")
                + (_settings.SquareMicrons(limits.LeastPixels) is { } area ? Figures.Text($" ({area} µm²)") : ""));
        if (_budget.LeftOut > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture,
                $"the {_budget.LeftOut} smallest {(parts.Count == 0 ? "objects" : "of the others")}, because a file has {limits.MostPolygons} polygons of "
                + $"{limits.MostCorners} corners at most"));
        return new(limits.LeastPixels, _small, holes, _budget.LeftOut,
            $"the outlines leave out {string.Join(", and ", parts)}; the label map has them all");
    }

    // Pixels whose centres lie outside the part are background.
    private ReadOnlySpan<byte> Inside(ReadOnlySpan<byte> row)
    {
        var (top, bottom) = Pixels(_part.Y, _part.Height, _height);
        var (left, right) = Pixels(_part.X, _part.Width, _width);
        if (_rows < top || _rows >= bottom)
            right = left;
        else if (left == 0 && right == _width)
            return row;
        Array.Clear(_inside);
        row[left..right].CopyTo(_inside.AsSpan(left));
        return _inside;
    }

    private (int Start, int End) Pixels(long from, int size, int pixels)
    {
        var start = (int)Math.Clamp(Math.Ceiling((from / _settings.Downsample) - 0.5), 0, pixels);
        return (start, (int)Math.Clamp(Math.Ceiling(((from + size) / _settings.Downsample) - 0.5), start, pixels));
    }
}
