using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>The text of an annotation file, and what it looks like.</summary>
/// <param name="path">What messages call the file.</param>
/// <param name="utf8">Its text, see <see cref="AnnotationText"/>.</param>
internal sealed partial class AnnotationContent(string path, ArraySegment<byte> utf8)
{
    // Names and numbers need next to none; what expands to more is made to exhaust the memory.
    private const long MostFromEntities = 1_000_000;

    private string? _xmlRoot;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => FirstSign is null;

    /// <summary>Whether it looks like JSON.</summary>
    public bool IsJson => FirstSign is '{' or '[';

    /// <summary>The name of the root element; null where the file does not look like XML.</summary>
    /// <exception cref="XmlException">It looks like XML and is not.</exception>
    /// <exception cref="SlideError">As of <see cref="OpenXml"/>.</exception>
    public string? XmlRoot => FirstSign == '<' ? _xmlRoot ??= RootName() : null;

    /// <summary>The text.</summary>
    public ArraySegment<byte> Utf8 => utf8;

    /// <summary>The file as XML, at its root element. A DOCTYPE may be there; nothing outside the file is read for it.</summary>
    /// <exception cref="XmlException">It is not XML.</exception>
    /// <exception cref="SlideError">It is made of other files (external entities).</exception>
    public XmlReader OpenXml()
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Parse,
            XmlResolver = null,
            MaxCharactersFromEntities = MostFromEntities,
            CloseInput = true,
        };
        // From a text reader: the encoding that the first line names no longer counts.
        var bytes = new MemoryStream(utf8.Array!, utf8.Offset, utf8.Count);
        var text = new StreamReader(bytes, new UTF8Encoding(false, true), detectEncodingFromByteOrderMarks: false);
        var reader = XmlReader.Create(text, settings);
        try
        {
            while (reader.Read() && reader.NodeType != XmlNodeType.Element)
                if (reader.NodeType == XmlNodeType.DocumentType && ExternalEntity().IsMatch(reader.Value))
                    throw new SlideError($"{path}: line {(reader as IXmlLineInfo)?.LineNumber ?? 1}: the DOCTYPE takes in other files, "
                        + "which are not read; save the annotation as one file");
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private string RootName()
    {
        using var reader = OpenXml();
        return reader.LocalName;
    }

    private char? FirstSign
    {
        get
        {
            foreach (var b in utf8)
                if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                    return (char)b;
            return null;
        }
    }

    [GeneratedRegex(@"<!ENTITY\s+(%\s+)?\S+\s+(SYSTEM|PUBLIC)\s")]
    private static partial Regex ExternalEntity();
}
