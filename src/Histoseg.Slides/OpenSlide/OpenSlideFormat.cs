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

    // Without OpenSlide the name has to do, so that the error says what to install.
    private static bool Recognises(SlideFileHead file) =>
        OpenSlideLibrary.Found.IsAvailable ? OpenSlideNative.DetectVendor(file.Path) is not null : file.HasExtension(Scanner.Extensions);

    private static OpenSlideSlide Open(SlideFileHead file) =>
        OpenSlideLibrary.Found.IsAvailable
            ? OpenSlideSlide.Open(file.Path, file.Tiff)
            : throw new SlideError($"{file.Path}: reading this scanner format needs OpenSlide: {OpenSlideLibrary.Found.Reason}");
}
