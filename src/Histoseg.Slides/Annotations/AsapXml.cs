using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>ASAP XML: <c>ASAP_Annotations/Annotations/Annotation[Name, Type, PartOfGroup]/Coordinates/Coordinate[Order, X, Y]</c>.</summary>
/// <remarks>
/// Points come in the order of their <c>Order</c> where all of a region have one, else in that of the file.
/// Polygon, Rectangle and Spline are areas (a spline counts as the polygon of its points); Dot, PointSet and Measurement have none and are counted.
/// </remarks>
internal static class AsapXml
{
    /// <summary>Its entry among the formats.</summary>
    public static AnnotationFormat Format { get; } = AnnotationFormat.Xml("ASAP XML", root: "ASAP_Annotations", Read);

    private static void Read(XmlReader reader, AnnotationBuilder builder)
    {
        var index = 0;
        while (reader.Read())
            if (reader is { NodeType: XmlNodeType.Element, LocalName: "Annotation" })
                ReadAnnotation(reader, builder, index++);
    }

    private static void ReadAnnotation(XmlReader reader, AnnotationBuilder builder, int index)
    {
        var name = reader.GetAttribute("Name") is { Length: > 0 } given ? given : $"number {index + 1}";
        var group = reader.GetAttribute("PartOfGroup") is { Length: > 0 } part ? part : "None";
        var type = reader.GetAttribute("Type") ?? "Polygon";
        var ring = ReadCoordinates(reader, builder);
        switch (type.ToUpperInvariant())
        {
            case "POLYGON" or "RECTANGLE" or "SPLINE":
                builder.Add(group, name, ring, []);
                break;
            case "DOT" or "POINTSET" or "MEASUREMENT" or "NONE":
                builder.SkipWithoutArea();
                break;
            default:
                throw builder.Error(reader, $"annotation '{name}' has the unknown Type \"{type}\"");
        }
    }

    private static List<SlidePoint> ReadCoordinates(XmlReader reader, AnnotationBuilder builder)
    {
        var points = new List<SlidePoint>();
        if (reader.IsEmptyElement)
            return points;
        var orders = new List<double>();
        var depth = reader.Depth;
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader is not { NodeType: XmlNodeType.Element, LocalName: "Coordinate" })
                continue;
            points.Add(builder.Point(reader));
            if (builder.NumberIfGiven(reader, "Order") is { } order)
                orders.Add(order);
        }
        return orders.Count == points.Count ? [.. points.Zip(orders).OrderBy(pair => pair.Second).Select(pair => pair.First)] : points;
    }
}
