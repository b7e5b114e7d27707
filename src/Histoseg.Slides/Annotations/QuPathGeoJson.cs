using System.Text.Json;

namespace Histoseg.Slides.Annotations;

/// <summary>QuPath GeoJSON: a FeatureCollection, one Feature or a bare array of Features, in level-0 pixels.</summary>
/// <remarks>
/// QuPath counts from the corner of the slide's bounds, and writes NaN among its measurements.
/// The group is <c>properties.classification</c>: its <c>name</c>, its <c>names</c> joined with ": ", or the text itself as old exports have it;
/// <see cref="Unclassified"/> without one. Polygons and multipolygons (with holes) are areas; points and lines have none and are counted.
/// </remarks>
internal static class QuPathGeoJson
{
    /// <summary>The group of features without a classification.</summary>
    public const string Unclassified = "unclassified";

    /// <summary>Its entry among the formats.</summary>
    public static AnnotationFormat Format { get; } = new(
        "QuPath GeoJSON", content => content.IsJson, (content, builder) => Read(BareNumbers.Replaced(content.Utf8), builder))
    {
        CountsFromBounds = true,
    };

    private static void Read(ReadOnlyMemory<byte> content, AnnotationBuilder builder)
    {
        using var document = JsonDocument.Parse(content);
        try
        {
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array)
                ReadFeatures(root, builder);
            else if (TypeOf(root) == "FeatureCollection")
                ReadFeatures(root.TryGetProperty("features", out var features) && features.ValueKind == JsonValueKind.Array
                    ? features
                    : throw builder.Error("the FeatureCollection has no array \"features\""), builder);
            else if (TypeOf(root) == "Feature")
                ReadFeature(root, 0, builder);
            else
                throw builder.Error("not GeoJSON as QuPath exports it: \"type\" is neither FeatureCollection nor Feature");
        }
        catch (InvalidOperationException e)
        {
            // Text with lone surrogates passes the parser and fails only when it is asked for.
            throw new SlideError(builder.Error("not readable as JSON: a text is not valid Unicode").Message, e);
        }
    }

    private static void ReadFeatures(JsonElement features, AnnotationBuilder builder)
    {
        var index = 0;
        foreach (var feature in features.EnumerateArray())
            ReadFeature(feature, index++, builder);
    }

    private static void ReadFeature(JsonElement feature, int index, AnnotationBuilder builder)
    {
        var place = $"feature {index + 1}";
        if (TypeOf(feature) != "Feature")
            throw builder.Error($"{place}: \"type\" is not Feature");
        if (!feature.TryGetProperty("geometry", out var geometry) || geometry.ValueKind == JsonValueKind.Null)
        {
            builder.SkipWithoutArea();
            return;
        }
        var (group, name) = (Unclassified, place);
        if (feature.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
        {
            group = GroupOf(properties);
            if (TextOf(properties, "name") is { } own)
                name = $"{own} ({place})";
        }
        ReadGeometry(geometry, group, name, place, builder);
    }

    private static string GroupOf(JsonElement properties)
    {
        if (!properties.TryGetProperty("classification", out var classification))
            return Unclassified;
        if (classification.ValueKind == JsonValueKind.String)
            return classification.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : Unclassified;
        if (classification.ValueKind != JsonValueKind.Object)
            return Unclassified;
        if (TextOf(classification, "name") is { } name)
            return name;
        if (!classification.TryGetProperty("names", out var names) || names.ValueKind != JsonValueKind.Array)
            return Unclassified;
        var parts = names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString());
        return string.Join(": ", parts) is { Length: > 0 } joined ? joined : Unclassified;
    }

    private static void ReadGeometry(JsonElement geometry, string group, string name, string place, AnnotationBuilder builder)
    {
        switch (TypeOf(geometry))
        {
            case "Polygon":
                ReadPolygon(Items(geometry, "coordinates", place, builder), group, name, place, builder);
                break;
            case "MultiPolygon":
                foreach (var polygon in Items(geometry, "coordinates", place, builder).EnumerateArray())
                    ReadPolygon(polygon, group, name, place, builder);
                break;
            case "GeometryCollection":
                foreach (var part in Items(geometry, "geometries", place, builder).EnumerateArray())
                    ReadGeometry(part, group, name, place, builder);
                break;
            case "Point" or "MultiPoint" or "LineString" or "MultiLineString":
                builder.SkipWithoutArea();
                break;
            case var type:
                throw builder.Error($"{place}: unknown geometry type \"{type}\"");
        }
    }

    private static void ReadPolygon(JsonElement polygon, string group, string name, string place, AnnotationBuilder builder)
    {
        if (polygon.ValueKind != JsonValueKind.Array)
            throw builder.Error($"{place}: a polygon is not an array of rings");
        List<SlidePoint>? outer = null;
        var holes = new List<List<SlidePoint>>();
        foreach (var item in polygon.EnumerateArray())
        {
            var ring = ReadRing(item, place, builder);
            if (outer is null)
                outer = ring;
            else
                holes.Add(ring);
        }
        builder.Add(group, name, outer ?? [], holes);
    }

    private static List<SlidePoint> ReadRing(JsonElement ring, string place, AnnotationBuilder builder)
    {
        if (ring.ValueKind != JsonValueKind.Array)
            throw builder.Error($"{place}: a ring is not an array of points");
        var points = new List<SlidePoint>(ring.GetArrayLength());
        foreach (var point in ring.EnumerateArray())
        {
            if (point.ValueKind != JsonValueKind.Array || point.GetArrayLength() < 2
                || point[0].ValueKind != JsonValueKind.Number || point[1].ValueKind != JsonValueKind.Number)
                throw builder.Error($"{place}: a point is not two numbers");
            // TryGetDouble fails for nothing but a number out of range on some runtimes; NaN then fails the check.
            var x = point[0].TryGetDouble(out var px) ? px : double.NaN;
            var y = point[1].TryGetDouble(out var py) ? py : double.NaN;
            points.Add(builder.Point(x, y, place));
        }
        return points;
    }

    private static JsonElement Items(JsonElement element, string name, string place, AnnotationBuilder builder) =>
        element.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items
            : throw builder.Error($"{place}: the geometry has no array \"{name}\"");

    private static string? TypeOf(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? TextOf(element, "type") : null;

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
}
