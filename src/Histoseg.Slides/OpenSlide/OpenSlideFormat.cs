using Histoseg.Slides.Formats;

namespace Histoseg.Slides.OpenSlide;

/// <summary>The formats of slide scanners. One entry for all: which vendors there are is OpenSlide's to say, and grows with it.</summary>
internal static class OpenSlideFormat
{
    /// <summary>Any file of which OpenSlide knows the vendor.</summary>
    /// <remarks>
    /// The extensions are those of formats that are TIFFs inside but that a plain TIFF reader gets wrong (labels and thumbnails taken for
    /// levels, scale not found, tile codecs missing), and of those that are no TIFFs at all.
    /// </remarks>
    public static SlideFormat Scanner { get; } = new(
        "scanner formats through OpenSlide",
        [".svs", ".ndpi", ".vms", ".vmu", ".scn", ".mrxs", ".svslide", ".bif", ".czi", ".dcm"],
        Recognises,
        Open);

    // Plain TIFF is not OpenSlide's: its generic reader garbles levels smaller than their tile and refuses much that libvips reads.
    private const string PlainTiff = "generic-tiff";

    // Sides of tiles are multiples of it (TIFF 6.0, section 15).
    private const int TileStep = 16;

    // Of these the first page is the slide and tiles lie side by side, so that a plain TIFF reader gets them right.
    private static readonly string[] _plainInside = ["aperio", "philips"];

    /// <summary>Whether a plain TIFF reader may be asked for a file that OpenSlide refuses.</summary>
    public static bool IsPlainInside(SlideFileHead file) =>
        OpenSlideLibrary.Found.IsAvailable && _plainInside.Contains(OpenSlideNative.DetectVendor(file.Path));

    // Without OpenSlide the name has to do, so that the error says what to install.
    private static bool Recognises(SlideFileHead file) =>
        OpenSlideLibrary.Found.IsAvailable
            ? OpenSlideNative.DetectVendor(file.Path) is not (null or PlainTiff)
            : file.HasExtension(Scanner.Extensions);

    private static OpenSlideSlide Open(SlideFileHead file)
    {
        if (!OpenSlideLibrary.Found.IsAvailable)
            throw new SlideError($"{file.Path}: reading this scanner format needs OpenSlide: {OpenSlideLibrary.Found.Reason}");
        foreach (var page in file.Tiff?.Pages ?? [])
        {
            file.Limit.CheckTiles(file.Path, page);
            // OpenSlide ends the program at some of these.
            if (page.Tiles is { } tiles && (tiles.TileWidth % TileStep != 0 || tiles.TileHeight % TileStep != 0))
                throw new SlideError($"{file.Path}: the file declares tiles of {tiles.TileWidth} × {tiles.TileHeight} pixels, where a TIFF's are multiples of "
                    + $"{TileStep}; it is damaged: copy or export it again");
        }
        return OpenSlideSlide.Open(file.Path, file.Tiff);
    }
}
