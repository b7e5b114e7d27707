using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Tests.Fakes;
using NetVips;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Masks as other programs save them: whatever the picture looks like, its stored numbers are its values.</summary>
public sealed class MaskKindsTests : IDisposable
{
    private const int Width = 21, Height = 13;

    private static readonly string[] _classes = ["background", "tumour"];
    private static readonly Dictionary<byte, byte> _plain = new() { [0] = 0, [1] = 1 };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte Square(int x, int y) => (byte)(x is >= 5 and < 12 && y is >= 3 and < 9 ? 1 : 0);

    private static byte[] Expected(int bits = 1) =>
        [.. Enumerable.Range(0, Width * Height).Select(i => Value(i % Width, i / Width, bits))];

    private static byte Value(int x, int y, int bits) => bits == 1 ? Square(x, y) : (byte)(((x * 7) + (y * 3)) % (1 << bits));

    private byte[] Stored(string name)
    {
        using var picture = new LabelPicture(_folder[name], LabelPictureKind.Mask);
        return picture.ReadRows(0, picture.Height);
    }

    private string Message(string name, Dictionary<byte, byte>? values = null) =>
        Assert.Throws<SlideError>(() => LabelSource.FromMask(_folder[name], _classes, Width, Height, values)).Message;

    // Rows of packed bits.
    private static byte[] Packed(int bits, Func<int, int, int> value, int bytes = 1)
    {
        var stride = bits >= 8 ? Width * bytes : ((Width * bits) + 7) / 8;
        var data = new byte[stride * Height];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                if (bits == 8)
                    data[(y * stride) + x] = (byte)value(x, y);
                else if (bits == 16)
                    BitConverter.TryWriteBytes(data.AsSpan((y * stride) + (x * bytes)), (short)value(x, y));
                else
                    data[(y * stride) + (x * bits / 8)] |= (byte)(value(x, y) << (8 - bits - (x * bits % 8)));
        return data;
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(8, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    public void Png_numbers_are_the_stored_ones(int bits, bool interlaced)
    {
        SmallPng.Write(_folder["grey.png"], Width, Height, bits, [], (x, y) => Value(x, y, bits), interlaced);
        Assert.Equal(Expected(bits), Stored("grey.png"));
        // All colours alike: the numbers cannot be told from them.
        SmallPng.Write(_folder["palette.png"], Width, Height, bits, new byte[3 << bits], (x, y) => Value(x, y, bits), interlaced);
        Assert.Equal(Expected(bits), Stored("palette.png"));
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 1, false)]
    [InlineData(1, 0, true)]
    [InlineData(1, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(4, 1, true)]
    [InlineData(4, 0, true)]
    [InlineData(8, 0, true)]
    [InlineData(8, 0, false)]
    [InlineData(1, 3, true)]
    [InlineData(2, 3, true)]
    [InlineData(4, 3, false)]
    [InlineData(8, 3, true)]
    [InlineData(8, 3, false)]
    public void Tiff_numbers_are_the_stored_ones(int bits, int photometric, bool littleEndian)
    {
        var page = new SmallTiffPage(Width, Height, Packed(bits, (x, y) => Value(x, y, bits)))
        {
            Bits = bits,
            Photometric = photometric,
            Palette = photometric == 3 ? new int[3 << bits] : [],
        };
        SmallTiff.Write(_folder["m.tif"], littleEndian, page);
        Assert.Equal(Expected(bits), Stored("m.tif"));
    }

    [Fact]
    public void Label_maps_with_a_palette_are_read_by_their_indices_at_every_level()
    {
        var palette = Enumerable.Range(0, 768).Select(i => i * 7919 % 65536).ToArray();
        var large = new SmallTiffPage(64, 32, [.. Enumerable.Range(0, 64 * 32).Select(i => (byte)(i % 251))]) { Photometric = 3, Palette = palette };
        var small = new SmallTiffPage(32, 16, [.. Enumerable.Range(0, 32 * 16).Select(i => (byte)(i % 241))]) { Photometric = 3, Palette = palette };
        SmallTiff.Write(_folder["labels.tif"], true, large, small);
        using var picture = new LabelPicture(_folder["labels.tif"], LabelPictureKind.Prediction);
        Assert.Equal([new(64, 32, 1), new(32, 16, 2)], picture.Levels);
        Assert.Equal(large.Data, picture.Read(0, 0, 0, 64, 32));
        Assert.Equal(small.Data, picture.Read(1, 0, 0, 32, 16));
    }

    [Fact]
    public void Numbers_of_more_bits_and_grey_of_more_channels_are_read_where_nothing_is_lost()
    {
        SmallTiff.Write(_folder["16.tif"], true, new SmallTiffPage(Width, Height, Packed(16, (x, y) => Square(x, y), 2)) { Bits = 16 });
        SmallTiff.Write(_folder["i16.tif"], true, new SmallTiffPage(Width, Height, Packed(16, (x, y) => Square(x, y), 2)) { Bits = 16, Format = 2 });
        SmallTiff.Write(_folder["rgb.tif"], true,
            new SmallTiffPage(Width, Height, [.. Expected().SelectMany(v => new[] { v, v, v })]) { Photometric = 2, Samples = 3 });
        SmallTiff.Write(_folder["alpha.tif"], true,
            new SmallTiffPage(Width, Height, [.. Expected().SelectMany(v => new byte[] { v, 255 })]) { Samples = 2, ExtraSamples = [2] });
        using (var grey = Image.NewFromMemory(Expected(), Width, Height, 1, Enums.BandFormat.Uchar))
        using (var opaque = grey.Bandjoin(grey.NewFromImage(255)).Copy(interpretation: Enums.Interpretation.Bw))
        using (var deep = grey.Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Grey16))
        {
            opaque.Pngsave(_folder["alpha.png"]);
            deep.Pngsave(_folder["16.png"]);
        }
        foreach (var name in new[] { "16.tif", "i16.tif", "rgb.tif", "alpha.tif", "alpha.png", "16.png" })
            Assert.Equal(Expected(), Stored(name));
    }

    [Fact]
    public void What_is_no_mask_is_told_in_plain_words()
    {
        byte[] two = [.. Expected().SelectMany(v => new[] { (byte)(1 - v), v })];
        void Tiff(string name, params SmallTiffPage[] pages) => SmallTiff.Write(_folder[name], true, pages);
        Tiff("two.tif", new SmallTiffPage(Width, Height, two) { Samples = 2 });
        Tiff("two0.tif", new SmallTiffPage(Width, Height, two) { Samples = 2, ExtraSamples = [0] });
        Tiff("planes.tif", new SmallTiffPage(Width, Height, Expected()), new SmallTiffPage(Width, Height, Expected()));
        Tiff("i64.tif", new SmallTiffPage(Width, Height, new byte[Width * Height * 8]) { Bits = 64, Format = 2 });
        Tiff("float.tif", new SmallTiffPage(Width, Height, new byte[Width * Height * 4]) { Bits = 32, Format = 3 });
        Tiff("double.tif", new SmallTiffPage(Width, Height, new byte[Width * Height * 8]) { Bits = 64, Format = 3 });
        Tiff("half.tif", new SmallTiffPage(Width, Height, new byte[Width * Height * 2]) { Bits = 16, Format = 3 });
        Tiff("jpeg.tif", new SmallTiffPage(Width, Height, [1, 2, 3]) { Compression = 7 });
        Tiff("odd.tif", new SmallTiffPage(Width, Height, [1, 2, 3]) { Compression = 31234 });
        Tiff("large.tif", new SmallTiffPage(Width, Height, Packed(16, (x, y) => x == 4 && y == 4 ? 300 : 0, 2)) { Bits = 16 });
        Tiff("negative.tif", new SmallTiffPage(Width, Height, Packed(16, (x, y) => x == 4 && y == 4 ? -3 : 0, 2)) { Bits = 16, Format = 2 });
        using (var grey = Image.NewFromMemory(Expected(), Width, Height, 1, Enums.BandFormat.Uchar))
        {
            grey.Jpegsave(_folder["m.jpg"]);
            grey.Gifsave(_folder["m.gif"]);
        }
        SmallPng.Write(_folder["cut.png"], Width, Height, 8, new byte[768], (x, y) => (byte)(x * y));
        File.WriteAllBytes(_folder["cut.png"], File.ReadAllBytes(_folder["cut.png"])[..^60]);
        var expected = new Dictionary<string, string>
        {
            ["two.tif"] = "the mask has 2 channels; a mask has one channel with a label in each pixel; save it as PNG or TIFF of 8-bit grey",
            ["two0.tif"] = "the mask has 2 channels; a mask has one channel with a label in each pixel; save it as PNG or TIFF of 8-bit grey",
            ["planes.tif"] = "the mask has 2 pages of one size; a mask has one, with one channel; save it as PNG or TIFF of 8-bit grey",
            ["i64.tif"] = "the mask's pixels have 64 bits; save it as PNG or TIFF of 8-bit grey",
            ["float.tif"] = "the mask's pixels are not whole numbers; save it as PNG or TIFF of 8-bit grey",
            ["double.tif"] = "the mask's pixels are not whole numbers; save it as PNG or TIFF of 8-bit grey",
            ["half.tif"] = "the mask's pixels are not whole numbers; save it as PNG or TIFF of 8-bit grey",
            ["jpeg.tif"] = "the mask is compressed by JPEG, which changes its numbers; save it as PNG or TIFF of 8-bit grey",
            ["odd.tif"] = "the mask cannot be read: it is damaged, cut short or packed in a way that is not known; save it as PNG or TIFF of 8-bit grey",
            ["large.tif"] = "the mask has the value 300; labels are 0…255: number its classes anew and save it as 8-bit grey",
            ["negative.tif"] = "the mask has the value -3; labels are 0…255: number its classes anew and save it as 8-bit grey",
            ["m.jpg"] = "the mask is neither PNG nor TIFF; other kinds of pictures change numbers when they are saved; save it as PNG or TIFF of 8-bit grey",
            ["m.gif"] = "the mask is neither PNG nor TIFF; other kinds of pictures change numbers when they are saved; save it as PNG or TIFF of 8-bit grey",
            ["cut.png"] = "the picture cannot be read: it is damaged or cut short; copy or export it again",
        };
        Assert.Equal(expected, expected.Keys.ToDictionary(name => name, name => Message(name)[(_folder[name].Length + 2)..]));
    }

    [Fact]
    public void A_value_that_the_map_does_not_list_is_an_error_that_says_what_to_write()
    {
        SmallPng.Write(_folder["255.png"], Width, Height, 8, [], (x, y) => (byte)(Square(x, y) * 255));
        Assert.Equal($"{_folder["255.png"]}: the mask has the value 255, which mask_values does not list; write what each value means, a class or 'ignore', "
            + "such as mask_values: {0: background, 1: tumour, 255: tumour}", Message("255.png", _plain));
        SmallPng.Write(_folder["many.png"], Width, Height, 8, [], (x, y) => (byte)((x + (y * Width)) % 256));
        Assert.StartsWith($"{_folder["many.png"]}: the mask has the values 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 244 more, which mask_values does not list; ",
            Message("many.png", _plain));
        // Listed, it is what the list says.
        foreach (var (label, expected) in new (byte, byte)[] { (1, 1), (ClassMap.Ignore, 255), (0, 0) })
            Assert.Equal(expected, LabelSource.FromMask(_folder["255.png"], _classes, Width, Height, new Dictionary<byte, byte> { [0] = 0, [255] = label })
                .Paint(1, 1, 6, 4)[0]);
    }

    [Fact]
    public void Of_black_and_white_without_a_map_it_must_be_said_what_white_is()
    {
        SmallPng.Write(_folder["255.png"], Width, Height, 8, [], (x, y) => (byte)(Square(x, y) * 255));
        Assert.Equal($"{_folder["255.png"]}: the mask has the values 0 and 255 alone, and without mask_values 255 counts nowhere; write what it means: "
            + "mask_values: {0: background, 255: tumour}, or {0: background, 255: ignore}", Message("255.png"));
        // With a class in it, 255 is what counts nowhere.
        SmallPng.Write(_folder["all.png"], Width, Height, 8, [], (x, y) => x == 0 ? (byte)255 : Square(x, y));
        var labels = LabelSource.FromMask(_folder["all.png"], _classes, Width, Height).Paint(Width, Height);
        Assert.Equal((13, 42), (labels.Count(label => label == 255), labels.Count(label => label == 1)));
    }

    [Fact]
    public void At_the_far_corner_of_a_downsample_that_is_not_whole_labels_are_those_of_the_slides_points()
    {
        const int width = 100_003, height = 40;
        const double downsample = 2.0005;
        SmallPng.Write(_folder["long.png"], width / 2, height / 2, 1, [], (x, y) => (byte)(((x / 3) + y) % 2));
        var mask = LabelSource.FromMask(_folder["long.png"], _classes, width, height);
        var (columns, rows) = ((int)Math.Round(width / downsample), (int)Math.Round(height / downsample));
        var labels = mask.Paint(50, rows, columns - 50, 0, downsample);
        for (var i = 0; i < labels.Length; i++)
        {
            var (x, y) = ((columns - 50 + (i % 50) + 0.5) * downsample, ((i / 50) + 0.5) * downsample);
            Assert.Equal(((Math.Min((int)x / 2, (width / 2) - 1) / 3) + ((int)y / 2)) % 2, labels[i]);
        }
    }

    [Fact]
    public void A_mask_of_the_scanned_parts_size_covers_that_and_one_of_the_slides_size_the_slide()
    {
        var (slide, part) = ((Width: 64, Height: 48), new Region(20, 12, 42, 26));
        SmallPng.Write(_folder["part.png"], Width, Height, 8, [], Square); // the part at half its size
        SmallPng.Write(_folder["slide.png"], 32, 24, 8, [], (x, y) => Square(x - 10, y - 6));
        byte[] Paint(string name, CoordinateOrigin origin) =>
            LabelSource.FromMask(_folder[name], _classes, slide.Width, slide.Height, null, part, origin).Paint(slide.Width, slide.Height);
        var (small, whole) = (Paint("part.png", CoordinateOrigin.Auto), Paint("slide.png", CoordinateOrigin.Auto));
        Assert.Equal(7 * 6 * 4, small.Count(label => label == 1));
        for (var i = 0; i < whole.Length; i++)
        {
            var (x, y) = (i % slide.Width, i / slide.Width);
            Assert.Equal(Square((x - 20) / 2, (y - 12) / 2) == 1 && x >= 20 && y >= 12 ? 1 : 0, whole[i]);
            Assert.Equal(x is >= 20 and < 62 && y is >= 12 and < 38 ? whole[i] : 255, small[i]);
        }
        Assert.Equal(small, Paint("part.png", CoordinateOrigin.Bounds));
        Assert.Equal(whole, Paint("slide.png", CoordinateOrigin.Slide));
        Assert.Contains("does not cover the slide (64 × 48)", Assert.Throws<SlideError>(() => Paint("part.png", CoordinateOrigin.Slide)).Message);
        Assert.Contains("does not cover the slide (42 × 26)", Assert.Throws<SlideError>(() => Paint("slide.png", CoordinateOrigin.Bounds)).Message);
    }
}
