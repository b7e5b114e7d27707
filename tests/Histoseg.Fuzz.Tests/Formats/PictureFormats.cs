using Histoseg.Fuzz.Tests.Mutation;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Tests.Fakes;
using NetVips;

namespace Histoseg.Fuzz.Tests.Formats;

/// <summary>Masks, and slides and plain pictures through whatever library reads them.</summary>
internal static class PictureFormats
{
    private const int Width = 40, Height = 24;
    private static readonly string[] Classes = ["background", "tumour"];
    private static readonly Dictionary<byte, byte> Values = Enumerable.Range(0, 256).ToDictionary(value => (byte)value, value => (byte)(value & 1));

    private static readonly IReadOnlyList<byte[]> MaskPngs =
    [
        .. from bits in new[] { 1, 2, 4, 8 } from palette in new[] { true, false } from interlaced in new[] { false, true }
           select PngMask(bits, palette, interlaced),
    ];

    private static readonly IReadOnlyList<byte[]> MaskTiffs =
    [
        .. TiffsOf(Drawn(1)), Drawn(1).TiffsaveBuffer(bitdepth: 1), Drawn(1).TiffsaveBuffer(bitdepth: 1, compression: Enums.ForeignTiffCompression.Ccittfax4),
    ];

    private static readonly IReadOnlyList<byte[]> SlideTiffs = [.. TiffsOf(Drawn(3)), .. TiffsOf(Drawn(1)), .. TiffsOf(Drawn(4))];

    private static readonly IReadOnlyList<byte[]> SlidePngs =
        [Drawn(3).PngsaveBuffer(), Drawn(4).PngsaveBuffer(), Drawn(1).PngsaveBuffer(), Drawn(3).PngsaveBuffer(palette: true),
            Drawn(3).PngsaveBuffer(interlace: true), Drawn(3).Cast(Enums.BandFormat.Ushort).PngsaveBuffer()];

    private static readonly IReadOnlyList<byte[]> SlideJpegs =
        [Drawn(3).JpegsaveBuffer(), Drawn(1).JpegsaveBuffer(), Drawn(3).JpegsaveBuffer(interlace: true), Drawn(3).JpegsaveBuffer(restartInterval: 2),
            Drawn(3).JpegsaveBuffer(subsampleMode: Enums.ForeignSubsample.Off)];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("PNG mask", "m.png", random => PngChunks.Mutate(random, random.Of(MaskPngs)), ReadMask),
        new("TIFF mask", "m.tif", random => TiffPages.Mutate(random, random.Of(MaskTiffs)), ReadMask),
        new("TIFF slide", "s.tif", random => TiffPages.Mutate(random, random.Of(SlideTiffs)), ReadSlide),
        new("PNG picture", "s.png", random => PngChunks.Mutate(random, random.Of(SlidePngs)), ReadSlide),
        new("JPEG picture", "s.jpg", random => JpegSegments.Mutate(random, random.Of(SlideJpegs)), ReadSlide),
    ];

    private static void ReadMask(string path)
    {
        var mask = MaskLabels.Load(path, Classes, [new(Width, Height)], Values);
        var labels = new byte[Width * Height];
        mask.Paint(-2, -2, Width, Height, 1, labels);
        Assert.All(labels, label => Assert.True(label is 0 or 1 or ClassMap.Ignore));
    }

    private static void ReadSlide(string path)
    {
        using var slide = SlideFile.Open(path, new PictureLimit(1));
        var rgb = new byte[50 * 40 * 3];
        for (var level = 0; level < slide.Levels.Count; level++)
        {
            slide.ReadRegion(level, -5, -5, 50, 40, rgb);
            slide.ReadRegion(level, slide.Levels[level].Width - 25L, slide.Levels[level].Height - 20L, 50, 40, rgb);
        }
    }

    private static byte[] PngMask(int bits, bool palette, bool interlaced)
    {
        using var folder = new TempFolder();
        SmallPng.Write(folder["m.png"], Width, Height, bits, palette ? new byte[3 << bits] : [], (x, y) => (byte)((x + y) % (1 << bits)), interlaced);
        return File.ReadAllBytes(folder["m.png"]);
    }

    // A gradient, with as many channels.
    private static Image Drawn(int bands)
    {
        var pixels = new byte[Width * Height * bands];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((i / bands % Width * 6) + (i / bands / Width * 3) + (i % bands * 40));
        return Image.NewFromMemory(pixels, Width, Height, bands, Enums.BandFormat.Uchar)
            .Copy(interpretation: bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb, xres: 2000, yres: 2000);
    }

    private static IEnumerable<byte[]> TiffsOf(Image image) =>
        from compression in new[] { Enums.ForeignTiffCompression.None, Enums.ForeignTiffCompression.Lzw, Enums.ForeignTiffCompression.Deflate,
            Enums.ForeignTiffCompression.Jpeg, Enums.ForeignTiffCompression.Packbits }
        from tile in new[] { false, true }
        from big in new[] { false, true }
        where compression != Enums.ForeignTiffCompression.Jpeg || image.Bands != 4
        select image.TiffsaveBuffer(compression: compression, tile: tile, tileWidth: 16, tileHeight: 16, pyramid: tile && big, bigtiff: big,
            predictor: compression == Enums.ForeignTiffCompression.Lzw ? Enums.ForeignTiffPredictor.Horizontal : Enums.ForeignTiffPredictor.None);
}
