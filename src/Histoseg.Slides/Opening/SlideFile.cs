using Histoseg.Slides.Formats;
using Histoseg.Slides.LibTiff;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Vips;

namespace Histoseg.Slides.Opening;

/// <summary>
/// Opens slides and pictures: scanners' formats through OpenSlide, plain TIFF (also pyramidal), PNG and JPEG through libvips.
/// </summary>
internal static class SlideFile
{
    /// <summary>The formats, asked in this order: scanners' formats are often TIFFs inside, which a plain TIFF reader gets wrong.</summary>
    internal static IReadOnlyList<SlideFormat> Formats { get; } =
    [
        OpenSlideFormat.Scanner,
        LibTiffFormat.Tiff,
        VipsFormats.Tiff,
        VipsFormats.Png,
        VipsFormats.Jpeg,
    ];

    /// <summary>
    /// File name extensions (lower case, with the dot) of the slides and pictures that <see cref="Open"/> may read; what a folder is searched for.
    /// </summary>
    public static IReadOnlySet<string> Extensions { get; } =
        new HashSet<string>(Formats.SelectMany(format => format.Extensions), StringComparer.OrdinalIgnoreCase);

    /// <summary>Opens a slide or a picture. Nothing but headers is read of a slide; plain pictures are decoded whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">How large a picture is read; null: <see cref="PictureLimit.Default"/>.</param>
    /// <returns>The slide; the caller disposes it.</returns>
    /// <exception cref="SlideError">The file is missing, a folder, unreadable, of an unknown format, too large, or cut short.</exception>
    public static ISlide Open(string path, PictureLimit? limit = null)
    {
        var file = SlideFileHead.Read(path, limit);
        var format = FormatOf(file);
        try
        {
            return format.Open(file);
        }
        catch (SlideError) when (format == OpenSlideFormat.Scanner && OpenSlideFormat.IsPlainInside(file))
        {
            try
            {
                return Formats.First(other => other != format && other.Recognises(file)).Open(file);
            }
            catch (SlideError)
            {
                // Neither reads it: what the one says who knows the format counts.
            }
            throw;
        }
    }

    /// <summary>The first format that recognises a file.</summary>
    /// <exception cref="SlideError">None does.</exception>
    internal static SlideFormat FormatOf(SlideFileHead file) =>
        Formats.FirstOrDefault(format => format.Recognises(file))
        ?? throw new SlideError($"{file.Path}: not a slide or picture this program reads ({string.Join(", ", Formats.Select(format => format.Name))})");
}
