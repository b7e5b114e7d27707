using Histoseg.Slides.Formats;
using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>The plain picture formats, read through libvips.</summary>
internal static class VipsFormats
{
    // Each loader is called by name: NewFromFile takes "[…]" in a file name for options.

    /// <summary>TIFF and BigTIFF, also pyramidal.</summary>
    /// <remarks>In a tiled TIFF, libvips counts an undecodable tile as a warning and would give black.</remarks>
    public static SlideFormat Tiff { get; } = new(
        "TIFF",
        [".tif", ".tiff", ".btf"],
        file => file.Tiff is not null,
        file => VipsSlide.Open(file, place => LoadTiff(file, place)));

    /// <summary>PNG.</summary>
    public static SlideFormat Png { get; } = new(
        "PNG",
        [".png"],
        file => file.StartsWith(0x89, (byte)'P', (byte)'N', (byte)'G'),
        file => VipsSlide.Open(file, _ => Image.Pngload(file.Path, access: Enums.Access.Random, failOn: Enums.FailOn.Error)));

    /// <summary>JPEG.</summary>
    public static SlideFormat Jpeg { get; } = new(
        "JPEG",
        [".jpg", ".jpeg"],
        file => file.StartsWith(0xFF, 0xD8, 0xFF),
        file => VipsSlide.Open(file, _ => Image.Jpegload(file.Path, access: Enums.Access.Random, failOn: Enums.FailOn.Error)));

    private static Image LoadTiff(SlideFileHead file, TiffPlace? place) =>
        Image.Tiffload(file.Path, page: place?.Page, subifd: place?.SubDirectory, access: Enums.Access.Random,
            failOn: file.Tiff!.Pages[0].Tiles is null ? Enums.FailOn.Error : Enums.FailOn.Warning);
}
