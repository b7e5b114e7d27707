using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>The bytes of an annotation file, and what they look like.</summary>
internal sealed class AnnotationContent(byte[] bytes)
{
    private string? _xmlRoot;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => bytes.Length == 0;

    /// <summary>Whether it looks like JSON.</summary>
    public bool IsJson => FirstSign is '{' or '[';

    /// <summary>The name of the root element; null where the file does not look like XML.</summary>
    /// <exception cref="XmlException">It looks like XML and is not.</exception>
    public string? XmlRoot => FirstSign == '<' ? _xmlRoot ??= RootName() : null;

    /// <summary>The bytes as text without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Utf8 => bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;

    /// <summary>The file as XML, at its root element.</summary>
    /// <exception cref="XmlException">It is not XML.</exception>
    public XmlReader OpenXml()
    {
        // Annotation files need no DTD, and a DTD can name other files or expand without end.
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        var reader = XmlReader.Create(new MemoryStream(bytes), settings);
        reader.MoveToContent();
        return reader;
    }

    private string RootName()
    {
        using var reader = OpenXml();
        return reader.LocalName;
    }

    // UTF-16 files hold a zero byte beside each sign, so zeros count as blanks here.
    private char FirstSign
    {
        get
        {
            foreach (var b in bytes)
                if (b is not (0xEF or 0xBB or 0xBF or 0xFE or 0xFF or 0 or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                    return (char)b;
            return '\0';
        }
    }
}
