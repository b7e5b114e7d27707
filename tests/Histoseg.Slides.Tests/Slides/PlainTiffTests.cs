using BitMiracle.LibTiff.Classic;
using Histoseg.Slides.Opening;
using Histoseg.Slides.OpenJpeg;
using Histoseg.Slides.Output;
using NetVips;

namespace Histoseg.Slides.Tests.Slides;

/// <summary>
/// Plain TIFFs of every common make come out pixel for pixel: those written by libvips against what was written, or where compression loses something
/// against libvips' own decoding in one go; those that libvips does not write are written by LibTiff.NET.
/// </summary>
public class PlainTiffTests
{
    private const int Width = 157, Height = 131;

    public static TheoryData<string, string, int> WrittenByLibvips
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            foreach (var compression in (string[])["None", "Lzw", "Deflate", "Packbits", "Jpeg", "Webp"])
                foreach (var colours in (string[])["grey", "rgb", "rgba"])
                    // Strips, tiles that fit several times, tiles larger than the picture.
                    foreach (var tile in (int[])[0, 64, 256])
                        if ((compression, colours) is not ("Jpeg" or "Webp", "rgba") and not ("Webp", "grey"))
                            data.Add(compression, colours, tile);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WrittenByLibvips))]
    public void What_libvips_writes_is_read_pixel_for_pixel(string compression, string colours, int tile)
    {
        using var folder = new TempFolder();
        var path = folder["t.tif"];
        using var image = Picture(colours);
        image.Tiffsave(path, compression: Enum.Parse<Enums.ForeignTiffCompression>(compression), tile: tile > 0, tileWidth: tile == 0 ? null : tile,
            tileHeight: tile == 0 ? null : tile, pyramid: tile == 64, lossless: true);
        using var decoded = Image.Tiffload(path);
        AssertReads(path, OverWhite(decoded.WriteToMemory<byte>(), decoded.Bands));
        if (compression is not ("Jpeg" or "Webp"))
            AssertReads(path, OverWhite(image.WriteToMemory<byte>(), image.Bands));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(256)]
    public void Every_level_of_a_pyramid_is_read_pixel_for_pixel(int tile)
    {
        using var folder = new TempFolder();
        var path = folder["t.tif"];
        using (var image = Picture("rgb"))
            image.Tiffsave(path, compression: Enums.ForeignTiffCompression.Deflate, tile: tile > 0, tileWidth: tile == 0 ? null : tile,
                tileHeight: tile == 0 ? null : tile, pyramid: true, depth: Enums.ForeignDzDepth.Onepixel);
        using var slide = SlideFile.Open(path);
        for (var level = 0; level < slide.Levels.Count; level++)
        {
            using var page = Image.Tiffload(path, page: level);
            Assert.Equal((page.Width, page.Height), (slide.Levels[level].Width, slide.Levels[level].Height));
            Assert.Equal(page.WriteToMemory<byte>(), Read(slide, level));
        }
    }

    public static TheoryData<string, bool, int, string> WrittenByLibTiff
    {
        get
        {
            var data = new TheoryData<string, bool, int, string>();
            foreach (var compression in (string[])["NONE", "LZW", "ADOBE_DEFLATE"])
                foreach (var colours in (string[])["grey", "white grey", "rgb", "rgba", "palette"])
                    foreach (var planar in (bool[])[false, true])
                        foreach (var tile in (int[])[0, 64, 256])
                            if (!planar || colours.StartsWith("rgb", StringComparison.Ordinal))
                                data.Add(colours, planar, tile, compression);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WrittenByLibTiff))]
    public void What_another_library_writes_is_read_pixel_for_pixel(string colours, bool planar, int tile, string compression)
    {
        using var folder = new TempFolder();
        var path = folder["t.tif"];
        using var image = Picture(colours.StartsWith("rgb", StringComparison.Ordinal) ? colours : "grey");
        var samples = image.WriteToMemory<byte>();
        LibTiff.Write(path, Width, Height, image.Bands, samples, tile, Enum.Parse<Compression>(compression), planar, colours switch
        {
            "palette" => Photometric.PALETTE,
            "grey" => Photometric.MINISBLACK,
            "white grey" => Photometric.MINISWHITE,
            _ => Photometric.RGB,
        });
        var seen = colours switch
        {
            "palette" => [.. samples.SelectMany(i => new[] { (byte)(255 - i), i, (byte)(i / 2) })],
            "white grey" => OverWhite([.. samples.Select(v => (byte)(255 - v))], 1),
            _ => OverWhite(samples, image.Bands),
        };
        AssertReads(path, seen);
    }

    // libvips here has no zstd, and LibTiff.NET writes none.
    [Theory]
    [InlineData("grey", 64, 1)]
    [InlineData("rgb", 64, 2)]
    [InlineData("rgba", 256, 2)]
    public void Tiles_compressed_with_zstd_are_read_pixel_for_pixel(string colours, int tile, int predictor)
    {
        using var folder = new TempFolder();
        using var image = Picture(colours);
        var (samples, bands) = (image.WriteToMemory<byte>(), image.Bands);
        using var compressor = new ZstdSharp.Compressor();
        WriteTiles(folder["t.tif"], Width, Height, bands, tile, 50000, predictor,
            [.. Tiles(samples, bands, tile, predictor).Select(bytes => compressor.Wrap(bytes).ToArray())]);
        AssertReads(folder["t.tif"], OverWhite(samples, bands));
    }

    // A tile of 64 × 64 pixels, x · 7, y · 5 and x · y in the upper left 16 × 16, encoded as libvips does with a loss of at most 3.
    private const string Codestream =
        "/0//UQAvAAAAAABAAAAAQAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEBBQQEAAH/XAATQEBISFBISFBISFBISFBISFD/ZAAlAAFDcmVhdG"
            + "VkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAALoAAH/k9+AMAvOr5XN38HyBATCWz/PtBQIA+izZ8B8IcHzhID5AYAFvFYHzjc/BUgNwPkCQfODgfOEBMSq"
            + "vwgKfwfHe9/B84OH1AkD5wQFRy8FNau/B+jH2hEPqCIPqBwU2XahdyicMhS35EU64NW3FSVOpsg4f8Hzh4HyCIHzhhS25SuPZCkSQFCz6Sz/fxJzaGRUz8PqB4fUDwPnDB"
            + "IMfUHbKEQSB8FdF8bwEnNprYvbx9oZH2hkH1BQFq/n6WaKXGY7uoZvFq6C7TIHkr02mh7TFrBrznXYVCaY38PqCoPnEwPnEhgLGZLqHz5BKAUWA/XoFqA9ZukWBGnOBsLZ"
            + "BZjD6guH1BcD5xIXEeeU3TuzRWtfvxYCrKnu6AGWXLC/FgJ2zJnqxhKHx9onH2iUH1BgIMT2eLXvf2jzHtWH69MR1Q1QTx7Vd1bWj06YWxWkjM+grvS0myQsJRSWzk0cLP"
            + "Kz38PqEofUIwPnGCJNs5WCWNAwRtR0PEN/wR25nCThizZPcDK87nD+oDoPYIofJOG/9zPdmtCX4TmPw+oTh9QlB9QWIW26t1S4gmfzRkm5yH9UYaz/fxp5UJmLANZabFEy"
            + "+iCV2aOYfyThz6hKbiaCfCBPx9o7H2jsH1CgOK9rUu8spjtR/zcAPpxiY88YWKjWuB+EuBGE/3+R9g+q7n1BZz9LdF6lzcJCLdiPOx/PeaGlcHoiIpQdBrHQubKPx4nUdF"
            + "/PxhHHCqB/w+ogh9Q3A+cqNs62k/RavaId5N3ARd4qGu9gFdSi5cgeaY+ang+eqR+UB3txJVj/d5Wdq1RqHn0I3E6CAAFp3f00WX+UB4ZtWeobc7bACxs+PPJRnbq9T6nD"
            + "6h2H1D0D5yw18sLgRc90QK4JV3RzUxbCCQRraj9h6Soc/I1s346vlSVNqiAZOcDLq4gzGNTkJikrObTt58mgqDIFf5QHilo3zMRxn5FjD9i8ubUE5a9Fl9f/2Q==";

    [SkippableFact]
    public void JPEG_2000_is_read_where_OpenJPEG_is_installed()
    {
        using var folder = new TempFolder();
        WriteTiles(folder["t.tif"], 16, 16, 3, 64, 33004, 1, [Convert.FromBase64String(Codestream)]);
        if (!OpenJpegLibrary.Found.IsAvailable)
        {
            Assert.Contains("needs OpenJPEG", Assert.Throws<SlideError>(() => SlideFile.Open(folder["t.tif"])).Message);
            Skip.If(true, OpenJpegLibrary.Found.Reason);
        }
        using var slide = SlideFile.Open(folder["t.tif"]);
        var rgb = Read(slide, 0);
        for (var i = 0; i < rgb.Length; i++)
        {
            var (x, y) = (i / 3 % 16, i / 48);
            Assert.InRange(rgb[i] - (i % 3) switch { 0 => x * 7, 1 => y * 5, _ => x * y }, -3, 3);
        }
    }

    // libvips shows Y, Cb and Cr as if they were red, green and blue.
    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void YCbCr_without_JPEG_is_shown_in_its_colours(int tile)
    {
        using var folder = new TempFolder();
        var samples = new byte[Width * Height * 3];
        for (var i = 0; i < samples.Length; i += 3)
            (samples[i], samples[i + 1], samples[i + 2]) = (76, 85, 255); // red, by ITU-R BT.601
        LibTiff.Write(folder["t.tif"], Width, Height, 3, samples, tile, Compression.LZW, false, Photometric.YCBCR,
            set: tiff => tiff.SetField(TiffTag.YCBCRSUBSAMPLING, 1, 1));
        using var slide = SlideFile.Open(folder["t.tif"]);
        var rgb = Read(slide, 0);
        for (var i = 0; i < rgb.Length; i++)
            Assert.InRange(rgb[i], i % 3 == 0 ? 253 : 0, i % 3 == 0 ? 255 : 2);
    }

    [Fact]
    public void A_sample_of_no_stated_meaning_is_no_transparency()
    {
        using var folder = new TempFolder();
        using var image = Picture("rgb");
        using var four = image.Bandjoin(0.0).Cast(Enums.BandFormat.Uchar);
        LibTiff.Write(folder["t.tif"], Width, Height, 4, four.WriteToMemory<byte>(), 64, Compression.LZW, false, Photometric.RGB, ExtraSample.UNSPECIFIED);
        AssertReads(folder["t.tif"], image.WriteToMemory<byte>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void Orientation_does_not_turn_a_picture(int tile)
    {
        using var folder = new TempFolder();
        using var image = Picture("rgb");
        LibTiff.Write(folder["t.tif"], Width, Height, 3, image.WriteToMemory<byte>(), tile, Compression.LZW, false, Photometric.RGB,
            orientation: Orientation.BOTLEFT);
        AssertReads(folder["t.tif"], image.WriteToMemory<byte>());
    }

    private static void AssertReads(string path, byte[] expected)
    {
        using var slide = SlideFile.Open(path);
        Assert.Equal((Width, Height), (slide.Levels[0].Width, slide.Levels[0].Height));
        Assert.Equal(expected, Read(slide, 0));
    }

    private static void WriteTiles(string path, int width, int height, int bands, int tile, int compression, int predictor, byte[][] tiles)
    {
        using var file = new WholeFile(path);
        var tiff = new BigTiffWriter(file);
        long[] offsets = [.. tiles.Select(bytes => tiff.Append(bytes))];
        List<TiffField> fields =
        [
            TiffField.Long(256, width), TiffField.Long(257, height), TiffField.Short(258, [.. Enumerable.Repeat(8, bands)]),
            TiffField.Short(259, compression), TiffField.Short(262, bands == 1 ? 1 : 2), TiffField.Short(277, bands), TiffField.Short(317, predictor),
            TiffField.Long(322, tile), TiffField.Long(323, tile), TiffField.Long8(324, offsets),
            TiffField.Long8(325, [.. tiles.Select(bytes => (long)bytes.Length)]),
        ];
        if (bands == 4)
            fields.Add(TiffField.Short(338, 2));
        tiff.AddDirectory(fields);
        tiff.Finish();
        file.Complete();
    }

    private static IEnumerable<byte[]> Tiles(byte[] samples, int bands, int tile, int predictor)
    {
        for (var y = 0; y < Height; y += tile)
            for (var x = 0; x < Width; x += tile)
            {
                var bytes = new byte[tile * tile * bands];
                for (var row = 0; row < Math.Min(tile, Height - y); row++)
                    samples.AsSpan(((y + row) * Width + x) * bands, Math.Min(tile, Width - x) * bands).CopyTo(bytes.AsSpan(row * tile * bands));
                for (var i = bytes.Length - 1; predictor == 2 && i >= 0; i--)
                    if (i % (tile * bands) >= bands)
                        bytes[i] -= bytes[i - bands];
                yield return bytes;
            }
    }

    // In pieces that fit no tile.
    private static byte[] Read(ISlide slide, int level)
    {
        var (width, height) = (slide.Levels[level].Width, slide.Levels[level].Height);
        var all = new byte[width * height * 3];
        foreach (var piece in new Region(0, 0, width, height).Pieces(100, 37))
        {
            var part = new byte[piece.Width * piece.Height * 3];
            Assert.True(slide.ReadRegion(level, piece.X, piece.Y, piece.Width, piece.Height, part));
            for (var row = 0; row < piece.Height; row++)
                part.AsSpan(row * piece.Width * 3, piece.Width * 3).CopyTo(all.AsSpan((((int)piece.Y + row) * width + (int)piece.X) * 3));
        }
        return all;
    }

    // Smooth enough for lossy codecs, different in every pixel and colour.
    private static Image Picture(string colours)
    {
        var bands = colours switch { "grey" => 1, "rgb" => 3, _ => 4 };
        var samples = new byte[Width * Height * bands];
        for (var i = 0; i < samples.Length; i++)
        {
            var (x, y, band) = (i / bands % Width, i / bands / Width, i % bands);
            samples[i] = (byte)(band switch { 0 => x + y / 2, 1 => 250 - x, 2 => y + 100 * (x / 20 % 2), _ => 255 - (x + y) / 2 });
        }
        using var raw = Image.NewFromMemoryCopy<byte>(samples, Width, Height, bands, Enums.BandFormat.Uchar);
        return raw.Copy(interpretation: bands == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
    }

    private static byte[] OverWhite(byte[] samples, int bands)
    {
        if (bands == 3)
            return samples;
        if (bands == 1)
            return [.. samples.SelectMany(v => new[] { v, v, v })];
        using var image = Image.NewFromMemoryCopy<byte>(samples, Width, Height, 4, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        return image.Flatten(background: [255]).WriteToMemory<byte>();
    }
}
