using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>Which of the compressions that slides come in the libvips at hand knows; builds differ.</summary>
internal static class VipsCodecs
{
    /// <summary>The compressions by name, each with whether a TIFF of it is read. Found by writing a small one and reading it.</summary>
    public static IReadOnlyList<(string Name, bool IsRead)> OfTiff() =>
    [
        ("JPEG", Reads(Enums.ForeignTiffCompression.Jpeg)),
        ("JPEG 2000", Reads(Enums.ForeignTiffCompression.Jp2k)),
        ("WebP", Reads(Enums.ForeignTiffCompression.Webp)),
        ("zstd", Reads(Enums.ForeignTiffCompression.Zstd)),
    ];

    private static bool Reads(Enums.ForeignTiffCompression compression)
    {
        try
        {
            using var grey = Image.Black(16, 16, bands: 3) + 100;
            using var picture = grey.Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
            using var read = Image.TiffloadBuffer(picture.TiffsaveBuffer(compression: compression, tile: true, tileWidth: 16, tileHeight: 16),
                failOn: Enums.FailOn.Warning);
            return Math.Abs(read.Avg() - 100) < 10;
        }
        catch (VipsException)
        {
            return false;
        }
    }
}
