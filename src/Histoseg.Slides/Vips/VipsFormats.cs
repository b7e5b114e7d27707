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
        file => VipsSlide.Open(file, (page, subDirectory) => Image.Tiffload(file.Path, page: page, subifd: subDirectory, access: Enums.Access.Random,
            failOn: file.Tiff!.IsTiled ? Enums.FailOn.Warning : Enums.FailOn.Error)));

    /// <summary>PNG.</summary>
    public static SlideFormat Png { get; } = new(
        "PNG",
        [".png"],
        file => file.StartsWith(0x89, (byte)'P', (byte)'N', (byte)'G'),
        file => VipsSlide.Open(file, (_, _) => Image.Pngload(file.Path, access: Enums.Access.Random, failOn: Enums.FailOn.Error)));

    /// <summary>JPEG.</summary>
    public static SlideFormat Jpeg { get; } = new(
        "JPEG",
        [".jpg", ".jpeg"],
        file => file.StartsWith(0xFF, 0xD8, 0xFF),
        file => VipsSlide.Open(file, (_, _) => Image.Jpegload(file.Path, access: Enums.Access.Random, failOn: Enums.FailOn.Error)));
}
