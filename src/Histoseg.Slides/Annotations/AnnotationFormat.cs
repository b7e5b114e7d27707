using System.Xml;

namespace Histoseg.Slides.Annotations;

/// <summary>A kind of annotation file that can be read; <see cref="AnnotationFile.Formats"/> lists them.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Recognises">Whether a file is of this kind. May throw <see cref="XmlException"/>.</param>
/// <param name="Read">Hands its regions to the builder. Throws <see cref="SlideError"/>, <see cref="XmlException"/> or
/// <see cref="System.Text.Json.JsonException"/> where the file is broken.</param>
internal sealed record AnnotationFormat(string Name, Func<AnnotationContent, bool> Recognises, Action<AnnotationContent, AnnotationBuilder> Read)
{
    /// <summary>
    /// Whether the program that writes it counts pixels from the corner of the part that the scanner scanned (<see cref="ISlide.Bounds"/>); else from the
    /// corner of the slide.
    /// </summary>
    public bool CountsFromBounds { get; init; }

    /// <summary>A format that is XML with a root element of its own.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="root">The root element.</param>
    /// <param name="read">Reads the file from its root element on.</param>
    public static AnnotationFormat Xml(string name, string root, Action<XmlReader, AnnotationBuilder> read) => new(
        name,
        content => content.XmlRoot == root,
        (content, builder) =>
        {
            using var reader = content.OpenXml();
            read(reader, builder);
        });
}
