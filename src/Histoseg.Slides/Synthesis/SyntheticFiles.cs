using System.Globalization;
using System.Xml;
using NetVips;

namespace Histoseg.Slides.Synthesis;

/// <summary>Writes the files of a synthetic slide; each appears whole or not at all.</summary>
internal static class SyntheticFiles
{
    /// <summary>Writes the picture as a tiled pyramidal TIFF with JPEG tiles and resolution tags.</summary>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void WritePicture(SyntheticSlide slide, string path)
    {
        using var raw = Image.NewFromMemory(slide.Rgb, slide.Width, slide.Height, 3, Enums.BandFormat.Uchar);
        var pixelsPerMillimetre = 1000 / slide.MicronsPerPixel;
        using var image = raw.Copy(interpretation: Enums.Interpretation.Srgb, xres: pixelsPerMillimetre, yres: pixelsPerMillimetre);
        var tiff = image.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Jpeg, q: 88, tile: true, tileWidth: 256, tileHeight: 256,
            pyramid: true, resunit: Enums.ForeignTiffResunit.Cm);
        WholeFile.Write(path, file => file.Write(tiff));
    }

    /// <summary>Writes the annotation as ASAP XML.</summary>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void WriteAnnotation(SyntheticSlide slide, string path) => WholeFile.Write(path, file =>
    {
        using var xml = XmlWriter.Create(file, new XmlWriterSettings { Indent = true });
        xml.WriteStartElement("ASAP_Annotations");
        xml.WriteStartElement("Annotations");
        for (var i = 0; i < slide.Polygons.Count; i++) WritePolygon(xml, slide.Polygons[i], i);
        xml.WriteEndElement();
        xml.WriteStartElement("AnnotationGroups");
        foreach (var group in (string[])[SyntheticPolygon.Tumour, SyntheticPolygon.Exclusion])
        {
            xml.WriteStartElement("Group");
            xml.WriteAttributeString("Name", group);
            xml.WriteAttributeString("PartOfGroup", "None");
            xml.WriteAttributeString("Color", Colour(group));
            xml.WriteElementString("Attributes", "");
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    private static void WritePolygon(XmlWriter xml, SyntheticPolygon polygon, int number)
    {
        xml.WriteStartElement("Annotation");
        xml.WriteAttributeString("Name", string.Create(CultureInfo.InvariantCulture, $"Annotation {number}"));
        xml.WriteAttributeString("Type", "Polygon");
        xml.WriteAttributeString("PartOfGroup", polygon.Group);
        xml.WriteAttributeString("Color", Colour(polygon.Group));
        xml.WriteStartElement("Coordinates");
        for (var i = 0; i < polygon.Corners.Count; i++)
        {
            xml.WriteStartElement("Coordinate");
            xml.WriteAttributeString("Order", i.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("X", polygon.Corners[i].X.ToString("0.###", CultureInfo.InvariantCulture));
            xml.WriteAttributeString("Y", polygon.Corners[i].Y.ToString("0.###", CultureInfo.InvariantCulture));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static string Colour(string group) => group == SyntheticPolygon.Tumour ? "#F4FA58" : "#64FE2E";
}
