using BitMiracle.LibTiff.Classic;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;

namespace Histoseg.Slides.Tests.Slides;

/// <summary>What a TIFF says of itself is taken as it is meant: scale, channels, planes, ranges of samples, tiles left out.</summary>
public class TiffMeaningTests
{
    [Theory]
    [InlineData("<OME><Image><Pixels PhysicalSizeX=\"0.5\" PhysicalSizeY=\"0.5\" SizeC=\"3\"><Channel SamplesPerPixel=\"3\"/></Pixels></Image></OME>")]
    [InlineData("<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Image><Pixels PhysicalSizeX=\"500\" "
        + "PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"5.0E-4\" PhysicalSizeYUnit=\"mm\"/></Image></OME>")]
    [InlineData("ImageJ=1.54f\nunit=micron\nspacing=3\n")]
    [InlineData("ImageJ=1.54f\nunit=\\u00B5m\n")]
    [InlineData("ImageJ=1.54f\r\nimages=1\r\nunit=um\r\n")]
    public void Scale_in_OME_XML_and_ImageJ_text_is_read(string text)
    {
        using var folder = new TempFolder();
        // ImageJ: two pixels per unit, which the tag for the unit does not name.
        Write(folder["t.tif"], 3, text, tiff => SetResolution(tiff, 2, 2, ResUnit.NONE));
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Equal(0.5, slide.MicronsPerPixel!.Value, 1e-9);
        Assert.Equal(ScaleSource.ResolutionTags, slide.ScaleSource);
    }

    [Theory]
    [InlineData("<OME><Image><Pixels PhysicalSizeX=\"0.5\"")]
    [InlineData("<OME><Image><Pixels PhysicalSizeX=\"0.5\" PhysicalSizeXUnit=\"pixel\" PhysicalSizeY=\"0.5\"/></Image></OME>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]><OME>&b;<Pixels PhysicalSizeX=\"0.5\" PhysicalSizeY=\"0.5\"/></OME>")]
    [InlineData("ImageJ=1.54f\nunit=pixel\n")]
    [InlineData("Some text with micron=1")]
    public void Text_that_tells_no_scale_is_passed_over(string text)
    {
        using var folder = new TempFolder();
        Write(folder["t.tif"], 3, text, tiff => SetResolution(tiff, 2, 2, ResUnit.NONE));
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Null(slide.MicronsPerPixel);
        Assert.Null(slide.ScaleProblem);
    }

    [Fact]
    public void Pixels_that_are_not_square_are_no_scale_but_a_given_one_holds()
    {
        using var folder = new TempFolder();
        Write(folder["t.tif"], 3, "", tiff => SetResolution(tiff, 20000, 40000, ResUnit.CENTIMETER));
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Null(slide.MicronsPerPixel);
        var message = Assert.Throws<SlideError>(() => SlideScale.Resolve(slide)).Message;
        Assert.Contains("0.5 µm wide and 0.25 µm high", message);
        Assert.Equal(0.4, SlideScale.Resolve(slide, overrideMpp: 0.4).MicronsPerPixel);
    }

    [Theory]
    [InlineData("<OME><Image><Pixels SizeC=\"3\"><Channel SamplesPerPixel=\"1\"/></Pixels></Image></OME>")]
    [InlineData("ImageJ=1.54f\nimages=3\nchannels=3\nmode=composite\n")]
    public void Three_pages_that_are_channels_make_one_picture(string text)
    {
        using var folder = new TempFolder();
        for (var page = 0; page < 3; page++)
            LibTiff.Write(folder["t.tif"], 8, 8, 1, [.. Enumerable.Repeat((byte)(10 + 50 * page), 64)], 16, Compression.LZW, false, Photometric.MINISBLACK,
                set: tiff => tiff.SetField(TiffTag.IMAGEDESCRIPTION, page == 0 ? text : ""), mode: page == 0 ? "w" : "a");
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Equal([10, 60, 110], Pixel(slide));
    }

    [Theory]
    [InlineData(2, "", "holds 2 pictures of one size")]
    [InlineData(5, "ImageJ=1.54f\nimages=5\nslices=5\n", "5 focal planes or times")]
    [InlineData(5, "ImageJ=1.54f\nimages=5\n", "5 focal planes or times")]
    [InlineData(4, "<OME><Pixels SizeC=\"1\" SizeZ=\"2\" SizeT=\"2\"/></OME>", "4 focal planes or times")]
    [InlineData(5, "<OME><Pixels SizeC=\"5\"/></OME>", "5 channels")]
    [InlineData(1, "ImageJ=1.54f\nimages=3\nchannels=3\n", "3 channels and the file holds 1")]
    public void Several_pictures_are_told_and_not_one_of_them_taken(int pages, string text, string words)
    {
        using var folder = new TempFolder();
        for (var page = 0; page < pages; page++)
            LibTiff.Write(folder["t.tif"], 8, 8, 1, new byte[64], 16, Compression.LZW, false, Photometric.MINISBLACK,
                set: tiff => tiff.SetField(TiffTag.IMAGEDESCRIPTION, page == 0 ? text : ""), mode: page == 0 ? "w" : "a");
        Assert.Contains(words, Assert.Throws<SlideError>(() => SlideFile.Open(folder["t.tif"])).Message);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Samples_of_no_stated_colour_are_told(int samples)
    {
        using var folder = new TempFolder();
        LibTiff.Write(folder["t.tif"], 8, 8, samples, new byte[64 * samples], 16, Compression.LZW, false, Photometric.MINISBLACK,
            set: tiff => tiff.SetField(TiffTag.EXTRASAMPLES, samples - 1, new short[samples - 1]));
        Assert.Contains("no RGB picture", Assert.Throws<SlideError>(() => SlideFile.Open(folder["t.tif"])).Message);
    }

    [Theory]
    [InlineData(65535, 0, "", "65535 is taken for white")]
    [InlineData(4095, 4095, "", "4095 is taken for white, as the file tells")]
    [InlineData(4095, 0, "<OME><Pixels SignificantBits=\"12\"/></OME>", "4095 is taken for white, as the file tells")]
    public void Sixteen_bit_samples_are_scaled_by_what_the_file_says(int white, int largest, string text, string note)
    {
        using var folder = new TempFolder();
        var samples = new byte[64 * 6];
        for (var i = 0; i < 64; i++)
        {
            BitConverter.TryWriteBytes(samples.AsSpan(i * 6), (ushort)white);
            BitConverter.TryWriteBytes(samples.AsSpan(i * 6 + 2), (ushort)(white / 2));
        }
        LibTiff.Write(folder["t.tif"], 8, 8, 3, samples, 16, Compression.LZW, false, Photometric.RGB, bits: 16, set: tiff =>
        {
            if (largest > 0)
                tiff.SetField(TiffTag.MAXSAMPLEVALUE, largest);
            tiff.SetField(TiffTag.IMAGEDESCRIPTION, text);
        });
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Equal([255, 127, 0], Pixel(slide));
        Assert.Contains(note, Assert.Single(slide.Notes));
    }

    [Fact]
    public void Fractions_have_1_for_white()
    {
        using var folder = new TempFolder();
        var samples = new byte[64 * 12];
        for (var i = 0; i < 64; i++)
        {
            BitConverter.TryWriteBytes(samples.AsSpan(i * 12), 1f);
            BitConverter.TryWriteBytes(samples.AsSpan(i * 12 + 4), 0.5f);
            BitConverter.TryWriteBytes(samples.AsSpan(i * 12 + 8), -3f);
        }
        LibTiff.Write(folder["t.tif"], 8, 8, 3, samples, 16, Compression.NONE, false, Photometric.RGB, bits: 32, format: SampleFormat.IEEEFP);
        using var slide = SlideFile.Open(folder["t.tif"]);
        Assert.Equal([255, 128, 0], Pixel(slide));
        Assert.Contains("1 is taken for white", Assert.Single(slide.Notes));
    }

    [Theory]
    [InlineData(SampleFormat.INT, 8, "signed")]
    [InlineData(SampleFormat.UINT, 32, "32-bit whole numbers")]
    public void Samples_that_are_no_colours_are_told(SampleFormat format, int bits, string words)
    {
        using var folder = new TempFolder();
        LibTiff.Write(folder["t.tif"], 8, 8, 3, new byte[64 * 3 * bits / 8], 16, Compression.NONE, false, Photometric.RGB, bits: bits, format: format);
        Assert.Contains(words, Assert.Throws<SlideError>(() => SlideFile.Open(folder["t.tif"])).Message);
    }

    // As scanners leave out empty glass: offset and length 0.
    [Fact]
    public void Tiles_left_out_are_white_and_no_damage()
    {
        using var folder = new TempFolder();
        using (var file = new WholeFile(folder["t.tif"]))
        {
            var tiff = new BigTiffWriter(file);
            var tile = tiff.Append(Enumerable.Repeat((byte)40, 64 * 64 * 3).ToArray());
            tiff.AddDirectory([
                TiffField.Long(256, 150), TiffField.Long(257, 100), TiffField.Short(258, 8, 8, 8), TiffField.Short(259, 1), TiffField.Short(262, 2),
                TiffField.Short(277, 3), TiffField.Long(322, 64), TiffField.Long(323, 64),
                TiffField.Long8(324, [tile, 0, tile, 0, tile, tile]), TiffField.Long8(325, [12288, 0, 12288, 0, 12288, 12288])]);
            tiff.Finish();
            file.Complete();
        }
        using var slide = SlideFile.Open(folder["t.tif"]);
        var rgb = new byte[150 * 100 * 3];
        Assert.True(slide.ReadRegion(0, 0, 0, 150, 100, rgb));
        for (var i = 0; i < rgb.Length; i += 3)
            Assert.Equal((i / 3 % 150 / 64, i / 450 / 64) is (1, 0) or (0, 1) ? 255 : 40, rgb[i]);
    }

    [Fact]
    public void Pictures_and_tiles_beyond_the_limit_are_refused_before_they_are_decoded()
    {
        using var folder = new TempFolder();
        Write(folder["strips.tif"], 3, "", _ => { }, tile: 0);
        Write(folder["tiles.tif"], 3, "", _ => { });
        void Declare(string name, params (ushort Tag, int Value)[] changes) => folder.Write(name, Changed(File.ReadAllBytes(folder["tiles.tif"]), changes));
        Declare("huge tile.tif", (322, 1 << 20), (323, 1 << 20));
        Declare("huge.tif", (256, int.MaxValue), (257, int.MaxValue));
        Assert.Contains("above the limit of 0 megapixels", Error(folder["strips.tif"], new(0)));
        Assert.Contains("declares tiles of 1048576 × 1048576", Error(folder["huge tile.tif"], null));
        Assert.Contains("more than any slide has", Error(folder["huge.tif"], null));

        static string Error(string path, PictureLimit? limit) => Assert.Throws<SlideError>(() => SlideFile.Open(path, limit)).Message;
    }

    // Overwrites values of the first directory of a little-endian TIFF.
    private static byte[] Changed(byte[] tiff, (ushort Tag, int Value)[] changes)
    {
        var at = BitConverter.ToInt32(tiff, 4);
        for (var i = 0; i < BitConverter.ToUInt16(tiff, at); i++)
            foreach (var (tag, value) in changes)
                if (BitConverter.ToUInt16(tiff, at + 2 + 12 * i) == tag)
                {
                    BitConverter.TryWriteBytes(tiff.AsSpan(at + 4 + 12 * i), (short)4);
                    BitConverter.TryWriteBytes(tiff.AsSpan(at + 10 + 12 * i), value);
                }
        return tiff;
    }

    private static byte[] Pixel(ISlide slide)
    {
        var rgb = new byte[3];
        Assert.True(slide.ReadRegion(0, 3, 4, 1, 1, rgb));
        return rgb;
    }

    private static void SetResolution(BitMiracle.LibTiff.Classic.Tiff tiff, double x, double y, ResUnit unit)
    {
        tiff.SetField(TiffTag.XRESOLUTION, x);
        tiff.SetField(TiffTag.YRESOLUTION, y);
        tiff.SetField(TiffTag.RESOLUTIONUNIT, unit);
    }

    private static void Write(string path, int bands, string text, Action<BitMiracle.LibTiff.Classic.Tiff> set, int tile = 16) =>
        LibTiff.Write(path, 8, 8, bands, new byte[64 * bands], tile, Compression.LZW, false, Photometric.RGB, set: tiff =>
        {
            tiff.SetField(TiffTag.IMAGEDESCRIPTION, text);
            set(tiff);
        });
}
