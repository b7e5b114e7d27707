using System.Text.Json;
using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>
/// Reads annotation files: ASAP XML, Aperio ImageScope and HALO XML and QuPath GeoJSON, also packed by gzip or zip. The format is told by the content, not by
/// the file's name.
/// </summary>
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
            if (new FileInfo(path) is { Exists: true, Length: > PackedAnnotation.Largest })
                throw new SlideError($"{path}: the annotation file is larger than {PackedAnnotation.Largest >> 20} MiB; draw it simpler, or divide it");
            content = InputFile.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SlideError($"{path}: the annotation file does not exist", e);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new SlideError($"{path}: the annotation cannot be read: {FileTrouble.InWords(e)}", e);
        }
        return Parse(path, content);
    }

    /// <summary>Reads an annotation from memory; <paramref name="path"/> is what messages call it.</summary>
    /// <exception cref="SlideError">As for <see cref="Load"/>.</exception>
    internal static Annotation Parse(string path, byte[] content)
    {
        var text = AnnotationText.ToUtf8(path, PackedAnnotation.Unpack(path, content));
        try
        {
            var file = new AnnotationContent(path, text);
            var format = Formats.FirstOrDefault(format => format.Recognises(file)) ?? throw Unknown(file, new(path));
            var builder = new AnnotationBuilder(path, format);
            format.Read(file, builder);
            return builder.Build();
        }
        catch (XmlException e)
        {
            throw BrokenText.Xml(path, text, e);
        }
        catch (JsonException e)
        {
            throw BrokenText.Json(path, text, e);
        }
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
}
