using Histoseg.Slides.Annotations;
using NetTopologySuite.Geometries;
using NetTopologySuite.Index.Strtree;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>ASAP's XML: an annotation for each region, in the group of its class. Points count from the slide's own corner.</summary>
/// <remarks>
/// ASAP knows no holes. The outline goes from the outer ring to each hole and back the same way, which encloses what the polygon encloses whether a program
/// fills by crossings or by turns.
/// </remarks>
internal sealed class AsapPolygons(PolygonSettings settings) : IPolygonFormat
{
    /// <inheritdoc/>
    public void Begin(WholeFile file) => XmlText.Append(file.Appending, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<ASAP_Annotations>\n<Annotations>\n");

    /// <inheritdoc/>
    public void Add(WholeFile file, TracedPolygon polygon) => XmlText.Append(file.Appending, xml =>
    {
        xml.WriteStartElement("Annotation");
        xml.WriteAttributeString("Name", Figures.Text($"Annotation {polygon.Number}"));
        xml.WriteAttributeString("Type", "Polygon");
        xml.WriteAttributeString("PartOfGroup", settings.ClassNames[polygon.Label]);
        xml.WriteAttributeString("Color", settings.Palette.Hex(polygon.Label));
        xml.WriteStartElement("Coordinates");
        var order = 0;
        foreach (var corner in InOneLine(polygon.Rings))
        {
            xml.WriteStartElement("Coordinate");
            xml.Attribute("Order", order++);
            xml.Place(corner);
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    /// <inheritdoc/>
    public void End(WholeFile file, PolygonBudget kept, PolygonsLeftOut? leftOut)
    {
        XmlText.Append(file.Appending, "</Annotations>\n");
        XmlText.Append(file.Appending, xml =>
        {
            xml.WriteStartElement("AnnotationGroups");
            for (var label = 1; label < settings.ClassNames.Count; label++)
            {
                xml.WriteStartElement("Group");
                xml.WriteAttributeString("Name", settings.ClassNames[label]);
                xml.WriteAttributeString("PartOfGroup", "None");
                xml.WriteAttributeString("Color", settings.Palette.Hex(label));
                xml.WriteElementString("Attributes", null);
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
            if (leftOut is not null)
                xml.WriteComment($" {leftOut.Note} ");
        });
        XmlText.Append(file.Appending, "</ASAP_Annotations>\n");
        file.Complete();
    }

    // Each hole hangs on that corner of the outer ring that is nearest to its first.
    private static IEnumerable<SlidePoint> InOneLine(IReadOnlyList<IReadOnlyList<SlidePoint>> rings)
    {
        var outer = rings[0];
        if (rings.Count == 1)
            return outer;
        var corners = new STRtree<int>();
        for (var i = 0; i < outer.Count; i++)
            corners.Insert(Place(outer[i]), i);
        var holes = rings.Skip(1).ToLookup(hole => corners.NearestNeighbour(Place(hole[0]), -1, new Nearness()));
        return outer.SelectMany((corner, i) => holes[i].SelectMany(IEnumerable<SlidePoint> (hole) => [corner, .. hole, hole[0]]).Append(corner));
    }

    private static Envelope Place(SlidePoint point) => new(new Coordinate(point.X, point.Y));

    private sealed class Nearness : IItemDistance<Envelope, int>
    {
        public double Distance(IBoundable<Envelope, int> item1, IBoundable<Envelope, int> item2) => item1.Bounds.Distance(item2.Bounds);
    }
}
