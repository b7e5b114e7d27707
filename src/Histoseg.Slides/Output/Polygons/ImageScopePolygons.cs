using System.Globalization;
using System.Xml;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>Aperio ImageScope's XML: a layer for each class, holes as negative regions. Points count from the slide's own corner.</summary>
/// <param name="settings">What polygons mean.</param>
/// <param name="path">Where the file goes, once its regions are put together by class.</param>
internal sealed class ImageScopePolygons(PolygonSettings settings, string path) : IPolygonFormat
{
    private int _lastId;

    /// <inheritdoc/>
    public void Begin(WholeFile file)
    {
    }

    /// <inheritdoc/>
    public void Add(WholeFile file, TracedPolygon polygon)
    {
        XmlText.Append(file.Appending, xml =>
        {
            var parent = ++_lastId;
            WriteRegion(xml, parent, 0, polygon.Rings[0], settings.SquareMicrons(polygon.Pixels));
            foreach (var hole in polygon.Rings.Skip(1))
                WriteRegion(xml, ++_lastId, parent, hole, null);
        });
    }

    /// <inheritdoc/>
    public void End(WholeFile file, PolygonBudget kept, PolygonsLeftOut? leftOut)
    {
        WholeFile.Write(path, place =>
        {
            var scale = settings.MicronsPerPixel is { } mpp ? string.Create(CultureInfo.InvariantCulture, $" MicronsPerPixel=\"{mpp:0.######}\"") : "";
            XmlText.Append(place, $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Annotations{scale}>\n");
            if (leftOut is not null)
                XmlText.Append(place, xml => xml.WriteComment($" {leftOut.Note} "));
            for (var label = 1; label < settings.ClassNames.Count; label++)
            {
                XmlText.Append(place, HeadOf(label));
                file.CopyTo(place, kept.TextOf(label));
                XmlText.Append(place, "</Regions>\n</Annotation>\n");
            }
            XmlText.Append(place, "</Annotations>\n");
        });
        file.Dispose();
    }

    // Opens the layer; what closes it follows its regions.
    private string HeadOf(int label)
    {
        var (red, green, blue) = settings.Palette.Of(label);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var xml = XmlWriter.Create(text, new() { ConformanceLevel = ConformanceLevel.Fragment, OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("Annotation");
            xml.Attribute("Id", label);
            xml.WriteAttributeString("Name", settings.ClassNames[label]);
            xml.WriteAttributeString("ReadOnly", "0");
            xml.WriteAttributeString("Type", "4");
            // As Windows has colours: red in the lowest byte.
            xml.Attribute("LineColor", red | green << 8 | blue << 16);
            xml.WriteAttributeString("Visible", "1");
            xml.WriteStartElement("Attributes");
            xml.WriteEndElement();
            xml.WriteStartElement("Regions");
            xml.WriteStartElement("RegionAttributeHeaders");
            xml.WriteEndElement();
        }
        // The writer closed both elements: their ends come after the regions.
        var whole = text.ToString();
        return whole[..whole.IndexOf("</Regions>", StringComparison.Ordinal)] + "\n";
    }

    private static void WriteRegion(XmlWriter xml, int id, int parent, IReadOnlyList<SlidePoint> ring, double? area)
    {
        xml.WriteStartElement("Region");
        xml.Attribute("Id", id);
        xml.WriteAttributeString("Type", "0");
        xml.WriteAttributeString("Zoom", "1");
        xml.WriteAttributeString("Selected", "0");
        xml.WriteAttributeString("Text", "");
        xml.WriteAttributeString("NegativeROA", parent == 0 ? "0" : "1");
        xml.Attribute("InputRegionId", parent);
        if (area is { } microns)
            xml.Attribute("AreaMicrons", microns);
        xml.WriteAttributeString("Analyze", parent == 0 ? "1" : "0");
        xml.Attribute("DisplayId", id);
        xml.WriteStartElement("Attributes");
        xml.WriteEndElement();
        xml.WriteStartElement("Vertices");
        foreach (var corner in ring)
        {
            xml.WriteStartElement("Vertex");
            xml.Place(corner);
            xml.WriteAttributeString("Z", "0");
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
    }
}
