using Histoseg.Slides.Formats;
using Histoseg.Slides.Opening;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Tests.Fakes;
using Histoseg.Slides.Tiff;
using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Tests.Slides;

public class SlideFileTests
{
    [SkippableFact]
    public void A_scanners_file_with_tiles_that_end_the_program_in_OpenSlide_is_kept_from_it()
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not installed");
        using var folder = new TempFolder();
        SmallTiff.Write(folder["a.svs"], littleEndian: true,
            SmallTiffPage.Tiled(40, 24, 7, (x, y) => ((byte)x, (byte)y, 0)) with { Description = "Aperio Image Library v1\n40x24|MPP = 0.5" });
        var head = SlideFileHead.Read(folder["a.svs"]);
        Assert.Equal(OpenSlideFormat.Scanner, SlideFile.FormatOf(head));
        Assert.Contains("tiles of 7 × 7 pixels, where a TIFF's are multiples of 16",
            Assert.Throws<SlideError>(() => OpenSlideFormat.Scanner.Open(head)).Message);
    }

    [Theory]
    [InlineData("p.png")]
    [InlineData("p.jpg")]
    [InlineData("p [1].png")]
    public void Plain_pictures_have_one_level_and_no_scale(string name)
    {
        using var folder = new TempFolder();
        var rgb = Blocks();
        if (name.EndsWith("png", StringComparison.Ordinal))
            Pictures.WritePng(folder[name], rgb, 90, 70);
        else
            Pictures.WriteJpeg(folder[name], rgb, 90, 70);
        using var slide = SlideFile.Open(folder[name]);
        Assert.Equal([new SlideLevel(90, 70, 1)], slide.Levels);
        Assert.Null(slide.MicronsPerPixel);
        Assert.Equal(ScaleSource.None, slide.ScaleSource);
        var read = new byte[20 * 10 * 3];
        Assert.True(slide.ReadRegion(0, 40, 30, 20, 10, read));
        for (var i = 0; i < read.Length; i++)
            Assert.InRange(read[i] - rgb[((30 + i / 60) * 90 + 40 + i / 3 % 20) * 3 + i % 3], -12, 12);
    }

    [Fact]
    public void Transparency_grey_and_sixteen_bits_become_rgb_over_white()
    {
        using var folder = new TempFolder();
        using (var half = Image.Black(8, 8, bands: 3).Copy(interpretation: Enums.Interpretation.Srgb).Bandjoin(128.0).Cast(Enums.BandFormat.Uchar))
            half.Pngsave(folder["alpha.png"]);
        using (var deep = (Image.Black(8, 8) + 32896).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Grey16))
            deep.Pngsave(folder["deep.png"]);
        foreach (var name in (string[])["alpha.png", "deep.png"])
        {
            using var slide = SlideFile.Open(folder[name]);
            var rgb = new byte[8 * 8 * 3];
            Assert.True(slide.ReadRegion(0, 0, 0, 8, 8, rgb));
            Assert.All(rgb, v => Assert.InRange(v, 126, 129));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tiled_tiff_with_smaller_pages_or_sub_directories_is_a_pyramid(bool subDirectories)
    {
        using var folder = new TempFolder();
        var path = folder["t.tif"];
        using (var image = Image.Xyz(700, 500).ExtractBand(0).Linear([0.3], [0]).Cast(Enums.BandFormat.Uchar))
        using (var colour = image.Bandjoin(image, image).Copy(interpretation: Enums.Interpretation.Srgb, xres: 2000, yres: 2000))
            colour.Tiffsave(path, tile: true, pyramid: true, subifd: subDirectories, compression: Enums.ForeignTiffCompression.Deflate);
        using var slide = OpenByLibvips(path);
        Assert.Equal([1.0, 2, 4], slide.Levels.Take(3).Select(l => l.Downsample));
        Assert.Equal(0.5, slide.MicronsPerPixel!.Value, 1e-6);
        Assert.Equal(ScaleSource.ResolutionTags, slide.ScaleSource);
        var rgb = new byte[3];
        Assert.True(slide.ReadRegion(1, 200, 60, 1, 1, rgb));
        Assert.InRange(rgb[0], 119, 121);
    }

    [Fact]
    public void A_plain_tiffs_printer_resolution_is_no_scale()
    {
        using var folder = new TempFolder();
        using (var image = Image.Black(20, 20, bands: 3).Copy(interpretation: Enums.Interpretation.Srgb, xres: 300 / 25.4, yres: 300 / 25.4))
            image.Tiffsave(folder["t.tif"]);
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Null(slide.MicronsPerPixel);
    }

    [Fact]
    public void What_cannot_be_opened_is_a_clear_line()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["notes.svs"], "Dear reader, this is no slide.");
        File.WriteAllText(folder["empty.tif"], "");
        File.WriteAllText(folder["stub.tif"], "II*\0");
        Expect("no such file", folder["missing.svs"]);
        Expect("a folder", folder.Root);
        Expect("not a slide", folder["notes.svs"], orElse: "needs OpenSlide");
        Expect("empty", folder["empty.tif"]);
        Expect("truncated", folder["stub.tif"]);
    }

    [Theory]
    [InlineData("VipsImage: unable to write to \"/tmp/vips-0-1.v\"\nunix error: Read-only file system", "set TMPDIR to a roomy folder that can be written to")]
    [InlineData("VipsImage: unable to write to \"/tmp/vips-0-1.v\"\nunix error: Permission denied", "set TMPDIR to a roomy folder that can be written to")]
    [InlineData("vips__write: write failed\nunix error: No space left on device", "set TMPDIR to a roomy folder that can be written to")]
    [InlineData("pngload: libpng read error", "its data are damaged or cut short; copy or export it again")]
    public void What_libvips_says_becomes_what_to_do(string message, string words) =>
        Assert.EndsWith(words, Vips.VipsLibrary.Explain(new VipsException(message)));

    [Theory]
    [InlineData("p.png")]
    [InlineData("p.jpg")]
    [InlineData("p.tif")]
    public void Truncated_pictures_are_refused_at_open(string name)
    {
        using var folder = new TempFolder();
        var noise = new byte[300 * 300 * 3];
        new Random(1).NextBytes(noise);
        using (var image = Image.NewFromMemory(noise, 300, 300, 3, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb))
            image.WriteToFile(folder[name]);
        var bytes = File.ReadAllBytes(folder[name]);
        for (var length = bytes.Length / 10; length < bytes.Length - 16; length += bytes.Length / 10)
        {
            File.WriteAllBytes(folder[name], bytes[..length]);
            Expect(name == "p.tif" ? "truncated" : "cannot be decoded", folder[name]);
        }
    }

    [Fact]
    public void A_corrupt_tile_fails_alone_with_libvips()
    {
        using var folder = new TempFolder();
        var path = folder["t.tif"];
        var noise = new byte[1024 * 512 * 3];
        new Random(1).NextBytes(noise);
        using (var image = Image.NewFromMemory(noise, 1024, 512, 3, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb))
            image.Tiffsave(path, tile: true, tileWidth: 256, tileHeight: 256, compression: Enums.ForeignTiffCompression.Deflate);
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.AsSpan().IndexOf<byte>([0x78, 0x9C]), 200).Clear(); // the first tile's deflate header and what follows
        File.WriteAllBytes(path, bytes);
        using var slide = OpenByLibvips(path);
        var rgb = new byte[1024 * 512 * 3];
        for (var again = 0; again < 2; again++)
        {
            Assert.False(slide.ReadRegion(0, 0, 0, 1024, 512, rgb));
            Assert.Equal(255, rgb[0]);
            Assert.True(rgb.AsSpan(256 * 3, 768 * 3).SequenceEqual(noise.AsSpan(256 * 3, 768 * 3)));
            Assert.True(slide.ReadRegion(0, 256, 0, 768, 512, new byte[768 * 512 * 3]));
        }
    }

    // Any bytes behind a TIFF's first four: the structure reader answers or throws its own error.
    [Fact]
    public void Hostile_tiffs_throw_nothing_but_their_own_error()
    {
        using var folder = new TempFolder();
        var path = folder["t.tif"];
        using (var image = Image.Black(600, 600, bands: 3).Copy(interpretation: Enums.Interpretation.Srgb))
            image.Tiffsave(path, tile: true, pyramid: true, bigtiff: true, compression: Enums.ForeignTiffCompression.Deflate);
        var good = File.ReadAllBytes(path);
        var directories = BitConverter.ToInt64(good, 8);
        var random = new Random(7);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = (byte[])good.Clone();
            for (var i = 0; i < 4; i++)
                bytes[random.Next(2) == 0 ? random.Next(4, 400) : (int)directories + random.Next(300)] = (byte)random.Next(256);
            try
            {
                TiffStructure.Read("t.tif", new MemoryStream(bytes));
            }
            catch (SlideError)
            {
                // its own error
            }
        }
    }

    // Each goes by a name that tells nothing: it is the content that counts.
    [Theory]
    [InlineData("TIFF")]
    [InlineData("PNG")]
    [InlineData("JPEG")]
    public void A_picture_reaches_its_format_by_its_content(string format)
    {
        using var folder = new TempFolder();
        using (var image = (Image.Black(20, 10, bands: 3) + 90).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb))
            File.WriteAllBytes(folder["picture"], image.WriteToBuffer(format switch { "TIFF" => ".tif", "PNG" => ".png", _ => ".jpg" }));
        Assert.Equal(format, SlideFile.FormatOf(SlideFileHead.Read(folder["picture"])).Name);
        using var slide = SlideFile.Open(folder["picture"]);
        Assert.IsType<VipsSlide>(slide);
        Assert.Equal([new SlideLevel(20, 10, 1)], slide.Levels);
    }

    // OpenSlide's generic reader garbles levels smaller than their tile.
    [Fact]
    public void Plain_tiff_is_never_read_through_OpenSlide()
    {
        using var folder = new TempFolder();
        using (var image = Image.Black(300, 300, bands: 3).Copy(interpretation: Enums.Interpretation.Srgb))
            image.Tiffsave(folder["tiled.tif"], tile: true);
        Assert.Equal("TIFF", SlideFile.FormatOf(SlideFileHead.Read(folder["tiled.tif"])).Name);
        using var slide = SlideFile.Open(folder["tiled.tif"]);
        Assert.IsType<VipsSlide>(slide);
    }

    // A format added to the table wants a file of its kind above.
    [Fact]
    public void The_table_holds_the_formats_tried_here_and_all_their_extensions()
    {
        Assert.Equal(["scanner formats through OpenSlide", "unusual TIFF", "TIFF", "PNG", "JPEG"], SlideFile.Formats.Select(format => format.Name));
        Assert.Equal(
            [".svs", ".ndpi", ".vms", ".vmu", ".scn", ".mrxs", ".svslide", ".bif", ".czi", ".dcm", ".tif", ".tiff", ".btf", ".png", ".jpg", ".jpeg"],
            SlideFile.Extensions);
    }

    [Fact]
    public void An_unknown_file_is_told_all_formats()
    {
        using var folder = new TempFolder();
        var message = Assert.Throws<SlideError>(() => SlideFile.Open(folder.Write("notes.txt", "Dear reader"))).Message;
        Assert.All(SlideFile.Formats, format => Assert.Contains(format.Name, message));
    }

    private static ISlide OpenByLibvips(string path) => VipsFormats.Tiff.Open(SlideFileHead.Read(path));

    private static void Expect(string words, string path, string? orElse = null)
    {
        var message = Assert.Throws<SlideError>(() => SlideFile.Open(path)).Message;
        Assert.True(message.Contains(words, StringComparison.Ordinal) || (orElse is not null && message.Contains(orElse, StringComparison.Ordinal)), message);
        Assert.StartsWith(path, message);
        Assert.DoesNotContain('\n', message);
    }

    private static byte[] Blocks()
    {
        var rgb = new byte[90 * 70 * 3];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)(i / 3 % 90 + i / 270 + 20 * (i % 3));
        return rgb;
    }
}
