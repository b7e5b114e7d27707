using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;

namespace Histoseg.Slides.Output;

/// <summary>
/// Writes a label map as QuPath GeoJSON: one annotation per connected region (4-neighbours), a valid polygon with holes along the pixel edges, in level-0
/// pixels.
/// </summary>
/// <remarks>
/// Class 0 and <see cref="ClassMap.Ignore"/> get no polygon. Regions are written as soon as their last row is in, so memory holds no picture but every
/// corner of the regions still open, up to some 100 bytes each: one ragged region from the top of a slide to its bottom is held whole. What
/// <see cref="PolygonLimits"/> leaves out is told in <see cref="Note"/> and in the file, as the collection's own <c>properties</c>.
/// </remarks>
internal sealed class PolygonWriter : ILabelRows
{
    // Level-0 coordinates keep two decimals: a hundredth of a pixel is far below what a label can mean.
    private const int Decimals = 2;

    // A region through a whole slide has millions of corners: its text goes to the file in pieces.
    private const int LargestText = 1 << 16;

    private readonly int _width;
    private readonly int _height;
    private readonly double _downsample;
    private readonly double? _micronsPerPixel;
    private readonly JsonEncodedText[] _classNames;
    private readonly WholeFile _file;
    private readonly PolygonTracer _tracer;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private readonly PolygonLimits _limits;
    private readonly PolygonBudget _budget;
    private readonly Region _part;
    private readonly byte[] _inside;
    private readonly long _head;
    private int _rows;
    private int _small;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Where the GeoJSON goes.</param>
    /// <param name="width">The label map's width, pixels.</param>
    /// <param name="height">The label map's height, pixels.</param>
    /// <param name="downsample">Level-0 pixels per label pixel.</param>
    /// <param name="classNames">Class names by label, at most 255; they become QuPath's classifications.</param>
    /// <param name="micronsPerPixel">µm per level-0 pixel: with it each annotation carries its area in µm².</param>
    /// <param name="limits">What is left out; null: nothing.</param>
    /// <param name="part">The part of level 0 that polygons lie in and are counted from; null: all that the label map covers.</param>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public PolygonWriter(string path, int width, int height, double downsample, IReadOnlyList<string> classNames, double? micronsPerPixel = null,
        PolygonLimits? limits = null, Region? part = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(downsample);
        (_width, _height, _downsample, _micronsPerPixel, _inside) = (width, height, downsample, micronsPerPixel, new byte[width]);
        _limits = limits ?? new(0, int.MaxValue, long.MaxValue / 2);
        _budget = new(_limits);
        _part = part ?? new(0, 0, (int)Math.Ceiling(width * downsample), (int)Math.Ceiling(height * downsample));
        _classNames = [.. classNames.Select(name => JsonEncodedText.Encode(name))];
        _json = new Utf8JsonWriter(_buffer);
        _tracer = new PolygonTracer(width, WriteFeature, _limits.LeastPixels);
        _file = new WholeFile(path);
        _file.Append("{\"type\":\"FeatureCollection\",\"features\":["u8);
        _head = _file.Length;
    }

    /// <summary>Bytes held for text on its way to the file.</summary>
    internal int TextCapacity => _buffer.Capacity;

    /// <inheritdoc/>
    public string? Note { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Not whole rows, more rows than the map has, or a label without a class name.</exception>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Write(ReadOnlySpan<byte> rows)
    {
        if (rows.Length % _width != 0 || _rows + (rows.Length / _width) > _height)
            throw new ArgumentException($"{rows.Length} labels are not whole rows of {_width}, or go past row {_height}", nameof(rows));
        for (; rows.Length > 0; rows = rows[_width..], _rows++)
        {
            var row = rows[.._width];
            if (_classNames.Length < ClassMap.Ignore && row.ContainsAnyInRange((byte)_classNames.Length, (byte)(ClassMap.Ignore - 1)))
                throw new ArgumentException($"row {_rows} has a label without a class name", nameof(rows));
            _tracer.Add(Inside(row));
        }
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
        if (_budget.Any)
            _file.Overwrite(_head, " "u8.ToArray()); // the comma of the first
        _file.Append("\n]"u8);
        TellWhatIsLeftOut();
        _file.Append("}\n"u8);
        _file.Complete();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private void WriteFeature(ConnectedRegion<PolygonOutlines> region)
    {
        if (region.Area < _limits.LeastPixels)
        {
            _small++;
            return;
        }
        if (!_budget.Takes(region.Area))
            return;
        var (offset, corners) = (_file.Length, 0L);
        _file.Append(",\n"u8);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("type"u8, "Feature"u8);
        _json.WriteStartObject("geometry"u8);
        _json.WriteString("type"u8, "Polygon"u8);
        _json.WriteStartArray("coordinates"u8);
        foreach (var ring in PolygonRings.Of(region.Data, _limits.LeastPixels))
        {
            WriteRing(ring);
            corners += ring.Count + 1;
        }
        _json.WriteEndArray();
        _json.WriteEndObject();
        WriteProperties(region);
        _json.WriteEndObject();
        PassOn();
        if (_budget.Add(region.Area, offset, _file.Length - offset, corners))
            Trim();
    }

    private void Trim()
    {
        if (!_budget.Trim())
            return;
        _file.Keep(_head, _budget.Text);
        _budget.Moved(_head);
    }

    private void TellWhatIsLeftOut()
    {
        var holes = _tracer.HolesLeftOut;
        if (_small == 0 && holes == 0 && _budget.LeftOut == 0)
            return;
        var microns = _micronsPerPixel is { } mpp ? Math.Round(_limits.LeastPixels * Math.Pow(_downsample * mpp, 2), Decimals) : (double?)null;
        List<string> parts = [];
        if (_small > 0 || holes > 0)
            parts.Add($"{Figures.Count(_small, "object")} and {Figures.Count(holes, "hole")} "
                + Figures.Text($"smaller than {_limits.LeastPixels} pixels of the label map")
                + (microns is { } area ? Figures.Text($" ({area} µm²)") : ""));
        if (_budget.LeftOut > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture,
                $"the {_budget.LeftOut} smallest {(parts.Count == 0 ? "objects" : "of the others")}, because a file has {_limits.MostPolygons} polygons of "
                + $"{_limits.MostCorners} corners at most"));
        Note = $"the outlines leave out {string.Join(", and ", parts)}; the label map has them all";
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("note"u8, Note);
        _json.WriteNumber("leastPixels"u8, _limits.LeastPixels);
        _json.WriteNumber("objectsSmaller"u8, _small);
        _json.WriteNumber("holesSmaller"u8, holes);
        _json.WriteNumber("objectsBeyondLimit"u8, _budget.LeftOut);
        _json.WriteEndObject();
        _file.Append(",\"properties\":"u8);
        PassOn();
    }

    private void PassOn()
    {
        _json.Flush();
        _file.Append(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private void WriteRing(List<(int X, int Y)> ring)
    {
        _json.WriteStartArray();
        foreach (var corner in ring)
            WriteCorner(corner);
        // GeoJSON closes its rings.
        WriteCorner(ring[0]);
        _json.WriteEndArray();
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
        var start = (int)Math.Clamp(Math.Ceiling((from / _downsample) - 0.5), 0, pixels);
        return (start, (int)Math.Clamp(Math.Ceiling(((from + size) / _downsample) - 0.5), start, pixels));
    }

    // A pixel at the edge of the part may reach over it.
    private double Along(int corner, long from, int size) => Math.Round(Math.Clamp((corner * _downsample) - from, 0, size), Decimals);

    private void WriteCorner((int X, int Y) corner)
    {
        _json.WriteStartArray();
        _json.WriteNumberValue(Along(corner.X, _part.X, _part.Width));
        _json.WriteNumberValue(Along(corner.Y, _part.Y, _part.Height));
        _json.WriteEndArray();
        if (_buffer.WrittenCount + _json.BytesPending > LargestText)
            PassOn();
    }

    private void WriteProperties(ConnectedRegion<PolygonOutlines> region)
    {
        var (red, green, blue) = ClassPalette.Of(region.Label);
        _json.WriteStartObject("properties"u8);
        _json.WriteString("objectType"u8, "annotation"u8);
        _json.WriteStartObject("classification"u8);
        _json.WriteString("name"u8, _classNames[region.Label]);
        _json.WriteStartArray("color"u8);
        _json.WriteNumberValue(red);
        _json.WriteNumberValue(green);
        _json.WriteNumberValue(blue);
        _json.WriteEndArray();
        _json.WriteEndObject();
        if (_micronsPerPixel is { } mpp)
        {
            _json.WriteStartObject("measurements"u8);
            _json.WriteNumber("Area µm^2"u8, Math.Round(region.Area * Math.Pow(_downsample * mpp, 2), Decimals));
            _json.WriteEndObject();
        }
        _json.WriteEndObject();
    }
}
