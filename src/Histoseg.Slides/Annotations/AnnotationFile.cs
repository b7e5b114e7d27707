using System.Text.Json;
using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>Reads annotation files: ASAP XML, Aperio ImageScope XML and QuPath GeoJSON. The format is told by the content, not by the file's name.</summary>
public static class AnnotationFile
{
    /// <summary>Reads an annotation file.</summary>
    /// <exception cref="SlideError">The file is missing, unreadable, of no known format, or broken; the message names the file and, where known, the line.</exception>
    public static Annotation Load(string path)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SlideError($"{path}: the annotation file does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SlideError($"{path}: the annotation file cannot be read: {e.Message}", e);
        }
        return Parse(path, content);
    }

    /// <summary>Reads an annotation from memory; <paramref name="path"/> is what messages call it.</summary>
    /// <exception cref="SlideError">As for <see cref="Load"/>.</exception>
    internal static Annotation Parse(string path, byte[] content)
    {
        var builder = new AnnotationBuilder(path);
        try
        {
            switch (FirstSign(content))
            {
                case '<':
                    ReadXml(content, builder);
                    break;
                case '{' or '[':
                    QuPathGeoJson.Read(WithoutByteOrderMark(content), builder);
                    break;
                default:
                    throw new SlideError($"{path}: {(content.Length == 0 ? "the file is empty" : "neither XML nor GeoJSON")}; annotations are read from ASAP XML, ImageScope XML and QuPath GeoJSON");
            }
        }
        catch (XmlException e)
        {
            throw new SlideError($"{path}: line {e.LineNumber}: not readable as XML: {OneLine(e.Message)}", e);
        }
        catch (JsonException e)
        {
            throw new SlideError($"{path}: line {e.LineNumber + 1}: not readable as JSON: {OneLine(e.Message)}", e);
        }
        return builder.Build();
    }

    private static void ReadXml(byte[] content, AnnotationBuilder builder)
    {
        // Annotation files need no DTD, and a DTD can name other files or expand without end.
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using var reader = XmlReader.Create(new MemoryStream(content), settings);
        reader.MoveToContent();
        switch (reader.LocalName)
        {
            case "ASAP_Annotations":
                AsapXml.Read(reader, builder);
                break;
            case "Annotations":
                ImageScopeXml.Read(reader, builder);
                break;
            default:
                throw builder.Error(reader, $"the root element is <{reader.LocalName}>; expected <ASAP_Annotations> (ASAP) or <Annotations> (ImageScope)");
        }
    }

    // UTF-16 files hold a zero byte beside each sign, so zeros count as blanks here.
    private static char FirstSign(byte[] content)
    {
        foreach (var b in content)
            if (b is not (0xEF or 0xBB or 0xBF or 0xFE or 0xFF or 0 or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                return (char)b;
        return '\0';
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(byte[] content) =>
        content.AsSpan().StartsWith("\uFEFF"u8) ? content.AsMemory(3) : content;

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
