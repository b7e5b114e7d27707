using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Tiff;
using Histoseg.Slides.Vips;

namespace Histoseg.Slides;

/// <summary>Opens slides and pictures: through OpenSlide where it knows the format and is installed, else plain TIFF (also pyramidal), PNG and JPEG through libvips.</summary>
public static class SlideFile
{
    // Scanner formats that are TIFFs inside but that a plain TIFF reader gets wrong (labels and thumbnails taken for
    // levels, scale not found, tile codecs missing), and those that are no TIFFs at all.
    private static readonly HashSet<string> ScannerExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".svs", ".ndpi", ".vms", ".vmu", ".scn", ".mrxs", ".svslide", ".bif", ".czi", ".dcm",
    };

    /// <summary>File name extensions (lower case, with the dot) of the slides and pictures that <see cref="Open"/> may read; what a folder is searched for.</summary>
    public static IReadOnlySet<string> Extensions { get; } =
        new HashSet<string>(ScannerExtensions, StringComparer.OrdinalIgnoreCase) { ".tif", ".tiff", ".btf", ".png", ".jpg", ".jpeg" };

    /// <summary>Opens a slide or a picture. Nothing but headers is read of a slide; plain pictures are decoded whole.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The slide; the caller disposes it.</returns>
    /// <exception cref="SlideError">The file is missing, a folder, unreadable, of an unknown format, or cut short.</exception>
    public static ISlide Open(string path)
    {
        TiffStructure? tiff = Inspect(path, out PictureKind? kind);
        if (OpenSlideLibrary.TryLoad(out string? reason))
        {
            if (OpenSlideNative.DetectVendor(path) is { } vendor)
                return OpenSlideSlide.Open(path, vendor, tiff);
        }
        else if (ScannerExtensions.Contains(System.IO.Path.GetExtension(path)))
        {
            throw new SlideError($"{path}: reading this scanner format needs OpenSlide: {reason}");
        }
        return kind is { } picture
            ? VipsSlide.Open(path, picture, tiff)
            : throw new SlideError($"{path}: not a slide or picture this program reads (scanner formats through OpenSlide; TIFF, PNG, JPEG)");
    }

    // Looks at the first bytes.
    private static TiffStructure? Inspect(string path, out PictureKind? kind)
    {
        if (Directory.Exists(path))
            throw new SlideError($"{path}: this is a folder; give a slide file");
        if (!File.Exists(path))
            throw new SlideError($"{path}: no such file; check the path");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length == 0)
                throw new SlideError($"{path}: the file is empty; copy it again");
            Span<byte> head = stackalloc byte[8];
            head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            kind = TiffStructure.IsTiff(head) ? PictureKind.Tiff
                : head.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G']) ? PictureKind.Png
                : head.StartsWith<byte>([0xFF, 0xD8, 0xFF]) ? PictureKind.Jpeg
                : null;
            return kind == PictureKind.Tiff ? TiffStructure.Read(path, stream) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SlideError($"{path}: cannot be read ({e.Message.TrimEnd('.')}); check its permissions and the disk", e);
        }
    }
}
