using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>
/// QuPath's GeoJSON: one annotation per region, with its class and measurements. What is left out stands in the collection's <c>properties</c>.
/// </summary>
internal sealed class GeoJsonPolygons : IPolygonFormat, IDisposable
{
    // A region through a whole slide has millions of corners: its text goes to the file in pieces.
    private const int LargestText = 1 << 16;

    private readonly PolygonSettings _settings;
    private readonly string? _packed;
    private readonly JsonEncodedText[] _classNames;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private long _head;

    /// <summary>A file.</summary>
    /// <param name="settings">What polygons mean.</param>
    /// <param name="packed">Where the file goes, packed with gzip; null: it stays where it is written, as it is.</param>
    public GeoJsonPolygons(PolygonSettings settings, string? packed = null)
    {
        (_settings, _packed, _json) = (settings, packed, new Utf8JsonWriter(_buffer));
        _classNames = [.. settings.ClassNames.Select(name => JsonEncodedText.Encode(name))];
    }

    /// <summary>Bytes held for text on its way to the file.</summary>
    internal int TextCapacity => _buffer.Capacity;

    /// <inheritdoc/>
    public void Begin(WholeFile file)
    {
        file.Append("{\"type\":\"FeatureCollection\",\"features\":["u8);
        _head = file.Length;
    }

    /// <inheritdoc/>
    public void Add(WholeFile file, TracedPolygon polygon)
    {
        file.Append(",\n"u8);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("type"u8, "Feature"u8);
        _json.WriteStartObject("geometry"u8);
        _json.WriteString("type"u8, "Polygon"u8);
        _json.WriteStartArray("coordinates"u8);
        foreach (var ring in polygon.Rings)
        {
            _json.WriteStartArray();
            foreach (var corner in ring)
                WriteCorner(file, corner);
            // GeoJSON closes its rings.
            WriteCorner(file, ring[0]);
            _json.WriteEndArray();
        }
        _json.WriteEndArray();
        _json.WriteEndObject();
        WriteProperties(polygon);
        _json.WriteEndObject();
        PassOn(file);
    }

    /// <inheritdoc/>
    public void End(WholeFile file, PolygonBudget kept, PolygonsLeftOut? leftOut)
    {
        if (kept.Any)
            file.Overwrite(_head, " "u8.ToArray()); // the comma of the first
        file.Append("\n]"u8);
        if (leftOut is not null)
        {
            _json.Reset();
            _json.WriteStartObject();
            _json.WriteString("note"u8, leftOut.Note);
            _json.WriteNumber("leastPixels"u8, leftOut.LeastPixels);
            _json.WriteNumber("objectsSmaller"u8, leftOut.Small);
            _json.WriteNumber("holesSmaller"u8, leftOut.Holes);
            _json.WriteNumber("objectsBeyondLimit"u8, leftOut.BeyondLimit);
            _json.WriteEndObject();
            file.Append(",\"properties\":"u8);
            PassOn(file);
        }
        file.Append("}\n"u8);
        if (_packed is null)
        {
            file.Complete();
            return;
        }
        WholeFile.Write(_packed, place =>
        {
            using var gzip = new GZipStream(place, CompressionLevel.Optimal, leaveOpen: true);
            file.CopyTo(gzip, [(0, file.Length)]);
        });
        file.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void PassOn(WholeFile file)
    {
        _json.Flush();
        file.Append(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private void WriteCorner(WholeFile file, SlidePoint corner)
    {
        _json.WriteStartArray();
        _json.WriteNumberValue(corner.X);
        _json.WriteNumberValue(corner.Y);
        _json.WriteEndArray();
        if (_buffer.WrittenCount + _json.BytesPending > LargestText)
            PassOn(file);
    }

    private void WriteProperties(TracedPolygon polygon)
    {
        var (red, green, blue) = _settings.Palette.Of(polygon.Label);
        _json.WriteStartObject("properties"u8);
        _json.WriteString("objectType"u8, "annotation"u8);
        _json.WriteStartObject("classification"u8);
        _json.WriteString("name"u8, _classNames[polygon.Label]);
        _json.WriteStartArray("color"u8);
        _json.WriteNumberValue(red);
        _json.WriteNumberValue(green);
        _json.WriteNumberValue(blue);
        _json.WriteEndArray();
        _json.WriteEndObject();
        if (_settings.SquareMicrons(polygon.Pixels) is var area && (area ?? polygon.MeanForeground) is not null)
        {
            _json.WriteStartObject("measurements"u8);
            if (area is { } microns)
                _json.WriteNumber("Area µm^2"u8, microns);
            if (polygon.MeanForeground is { } mean)
                _json.WriteNumber("Mean probability"u8, Math.Round(mean, 4));
            _json.WriteEndObject();
        }
        _json.WriteEndObject();
    }
}
