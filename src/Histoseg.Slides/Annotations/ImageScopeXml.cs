using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>
/// Aperio ImageScope XML, <c>Annotations/Annotation[Id, Name]/Regions/Region[Type, Text, NegativeROA]/Vertices/Vertex[X, Y]</c>, and HALO's, which has
/// <c>V</c> for <c>Vertex</c> and types by name.
/// </summary>
/// <remarks>
/// An <c>Annotation</c> is a layer; its group is the layer's name, else its first attribute. In a layer without either, a region's group is its own
/// <c>Text</c>, else its own first attribute, else the layer's id. Region types: 0 freehand, 1 rectangle, 2 ellipse within two corners; arrow, ruler and pin
/// have no area. A negative region is a hole of the region it names in <c>InputRegionId</c>, or of the whole layer.
/// </remarks>
internal static class ImageScopeXml
{
    /// <summary>Its entry among the formats.</summary>
    public static AnnotationFormat Format { get; } = AnnotationFormat.Xml("ImageScope or HALO XML", root: "Annotations", Read);

    private static void Read(XmlReader reader, AnnotationBuilder builder)
    {
        while (reader.Read())
            if (reader is { NodeType: XmlNodeType.Element, LocalName: "Annotation" })
                ReadLayer(reader, builder);
    }

    private static void ReadLayer(XmlReader reader, AnnotationBuilder builder)
    {
        var id = reader.GetAttribute("Id") is { Length: > 0 } number ? number : "without id";
        var layerName = reader.GetAttribute("Name");
        string? attribute = null;
        var layer = new ImageScopeLayer();
        if (!reader.IsEmptyElement)
        {
            var depth = reader.Depth;
            while (reader.Read() && reader.Depth > depth)
            {
                if (reader.NodeType != XmlNodeType.Element)
                    continue;
                if (reader.LocalName == "Attribute")
                    attribute ??= AttributeText(reader);
                else if (reader.LocalName == "Region")
                    ReadRegion(reader, builder, layer);
            }
        }
        layer.AddTo(builder, string.IsNullOrWhiteSpace(layerName) ? attribute : layerName, id);
    }

    // ImageScope's own "Description" attribute carries its text in Value; other programs put the class into Name.
    private static string? AttributeText(XmlReader reader)
    {
        var value = reader.GetAttribute("Value");
        if (!string.IsNullOrWhiteSpace(value))
            return value;
        var name = reader.GetAttribute("Name");
        return string.IsNullOrWhiteSpace(name) || name == "Description" ? null : name;
    }

    private static void ReadRegion(XmlReader reader, AnnotationBuilder builder, ImageScopeLayer layer)
    {
        var id = reader.GetAttribute("Id") ?? "";
        var text = reader.GetAttribute("Text");
        var type = reader.GetAttribute("Type") ?? "0";
        var negative = reader.GetAttribute("NegativeROA") is { } roa && (roa == "1" || roa.Equals("true", StringComparison.OrdinalIgnoreCase));
        var parent = reader.GetAttribute("InputRegionId") ?? "";
        var (vertices, attribute) = ReadInside(reader, builder);
        var name = !string.IsNullOrWhiteSpace(text) ? text : id.Length > 0 ? $"region {id}" : $"region number {layer.Count + 1} of its layer";
        List<SlidePoint> ring;
        switch (type.ToUpperInvariant())
        {
            case "0" or "POLYGON" or "FREEHAND" or "PEN":
                ring = vertices;
                break;
            case "1" or "RECTANGLE":
                ring = vertices.Count == 2 ? Rectangle(vertices[0], vertices[1]) : vertices;
                break;
            case "2" or "ELLIPSE" or "CIRCLE":
                ring = vertices.Count >= 2 ? Ellipse(vertices) : vertices;
                break;
            case "3" or "4" or "5" or "ARROW" or "RULER" or "PIN" or "LINE" or "TEXT":
                builder.SkipWithoutArea();
                return;
            default:
                if (vertices.Count >= 3)
                    throw builder.Error(reader, $"'{name}' has the unknown Type \"{type}\" and may be an area; known are Polygon, Rectangle and Ellipse "
                        + "(0, 1, 2)");
                builder.SkipWithoutArea();
                return;
        }
        layer.Add(new ImageScopeRegion(id, name, string.IsNullOrWhiteSpace(text) ? attribute : text, ring, parent), negative);
    }

    // The region's points, and its first attribute that says something.
    private static (List<SlidePoint> Points, string? Attribute) ReadInside(XmlReader reader, AnnotationBuilder builder)
    {
        var points = new List<SlidePoint>();
        string? attribute = null;
        if (reader.IsEmptyElement)
            return (points, attribute);
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
            if (reader is { NodeType: XmlNodeType.Element, LocalName: "Vertex" or "V" })
                points.Add(builder.Point(reader));
            else if (reader is { NodeType: XmlNodeType.Element, LocalName: "Attribute" })
                attribute ??= AttributeText(reader);
        return (points, attribute);
    }

    private static List<SlidePoint> Rectangle(SlidePoint p, SlidePoint q) => [p, new(q.X, p.Y), q, new(p.X, q.Y)];

    // A polygon with sides short enough to stay within a tenth of a pixel of the ellipse.
    private static List<SlidePoint> Ellipse(List<SlidePoint> corners)
    {
        var (left, right) = (corners.Min(p => p.X), corners.Max(p => p.X));
        var (top, bottom) = (corners.Min(p => p.Y), corners.Max(p => p.Y));
        var (rx, ry) = ((right - left) / 2, (bottom - top) / 2);
        var sides = (int)Math.Clamp(Math.PI * Math.Sqrt(Math.Max(rx, ry) / 0.2), 16, 4096);
        var ring = new List<SlidePoint>(sides);
        for (var i = 0; i < sides; i++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * i / sides);
            ring.Add(new SlidePoint(left + rx + (rx * cos), top + ry + (ry * sin)));
        }
        return ring;
    }
}
