using Histoseg.Slides.Opening;

namespace Histoseg.Slides.Formats;

/// <summary>A kind of slide or picture file that can be opened; <see cref="SlideFile.Formats"/> lists them.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Extensions">File name extensions it goes by (lower case, with the dot); what a folder is searched for.</param>
/// <param name="Recognises">Whether a file is of this kind.</param>
/// <param name="Open">Opens such a file; the caller disposes the slide. Throws <see cref="SlideError"/> where it cannot be read.</param>
internal sealed record SlideFormat(string Name, IReadOnlyList<string> Extensions, Func<SlideFileHead, bool> Recognises, Func<SlideFileHead, ISlide> Open);
