using System.Text.Json;
using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>Reads annotation files: ASAP XML, Aperio ImageScope XML and QuPath GeoJSON. The format is told by the content, not by the file's name.</summary>
internal static class AnnotationFile
{
    /// <summary>The formats, asked in this order.</summary>
    internal static IReadOnlyList<AnnotationFormat> Formats { get; } =
    [
        AsapXml.Format,
        ImageScopeXml.Format,
        QuPathGeoJson.Format,
    ];

    /// <summary>Reads an annotation file.</summary>
    /// <exception cref="SlideError">The file is missing, unreadable, of no known format, or broken; the message names the file and, where known, the
    /// line.</exception>
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
            var file = new AnnotationContent(content);
            var format = Formats.FirstOrDefault(format => format.Recognises(file)) ?? throw Unknown(file, builder);
            format.Read(file, builder);
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

    private static SlideError Unknown(AnnotationContent file, AnnotationBuilder builder)
    {
        var names = Formats.Select(format => format.Name).ToList();
        var known = $"annotations are read from {string.Join(", ", names.SkipLast(1))} and {names[^1]}";
        if (file.XmlRoot is not { } root)
            return builder.Error($"{(file.IsEmpty ? "the file is empty" : "neither XML nor GeoJSON")}; {known}");
        using var reader = file.OpenXml();
        return builder.Error(reader, $"the root element is <{root}>; {known}");
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
