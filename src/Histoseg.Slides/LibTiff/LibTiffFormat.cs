using Histoseg.Slides.Formats;

namespace Histoseg.Slides.LibTiff;

/// <summary>The plain TIFFs that libvips refuses or gets wrong.</summary>
internal static class LibTiffFormat
{
    /// <summary>A TIFF of such a make, see <see cref="LibTiffSlide.IsFor"/>; it goes by the extensions of any TIFF.</summary>
    public static SlideFormat Tiff { get; } = new("unusual TIFF", [], file => file.Tiff is { } tiff && LibTiffSlide.IsFor(tiff), LibTiffSlide.Open);
}
