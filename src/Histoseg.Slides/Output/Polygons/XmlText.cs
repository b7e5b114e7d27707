using System.Globalization;
using System.Text;
using System.Xml;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>Pieces of XML appended to a file, each whole in itself.</summary>
internal static class XmlText
{
    private static readonly XmlWriterSettings _settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        Indent = true,
        NewLineChars = "\n",
    };

    /// <summary>Appends elements and a line break.</summary>
    public static void Append(Stream file, Action<XmlWriter> write)
    {
        using (var xml = XmlWriter.Create(file, _settings))
            write(xml);
        file.Write("\n"u8);
    }

    /// <summary>Appends text as it is.</summary>
    public static void Append(Stream file, string text) => file.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes an attribute.</summary>
    public static void Attribute(this XmlWriter xml, string name, IFormattable value) =>
        xml.WriteAttributeString(name, value.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Writes a point as attributes X and Y.</summary>
    public static void Place(this XmlWriter xml, SlidePoint point)
    {
        xml.Attribute("X", point.X);
        xml.Attribute("Y", point.Y);
    }
}
