using Histoseg.Slides.Formats;
using Histoseg.Slides.Labels;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Output;
using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Tests.Slides;

public class PyramidWriterTests
{
    private const int Width = 1333, Height = 1111;

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1111)]
    public void Labels_come_back_as_written_at_every_level(int rowsAtOnce)
    {
        using var folder = new TempFolder();
        var path = folder["labels.tif"];
        var labels = Labels();
        using (var writer = new PyramidWriter(path, Width, Height, 0.5, PyramidKind.Labels))
        {
            for (var y = 0; y < Height; y += rowsAtOnce)
                writer.Write(labels.AsSpan(y * Width, Math.Min(rowsAtOnce, Height - y) * Width));
            writer.Complete();
        }
        Assert.Equal([path], Directory.GetFiles(folder.Root));
        using var picture = new LabelPicture(path, LabelPictureKind.Prediction);
        Assert.Equal([new(Width, Height, 1), new SlideLevel(667, 556, 2)], picture.Levels);
        Assert.Equal(labels, picture.ReadRows(0, Height));
        // A level is made of the one below row by row, however the rows came.
        var halver = new LabelHalver();
        for (var y = 0; y < 556; y++)
        {
            var half = new byte[667];
            halver.Halve(labels.AsSpan(2 * y * Width, Width), labels.AsSpan(Math.Min(2 * y + 1, Height - 1) * Width, Width), half);
            Assert.Equal(half, picture.Read(1, 0, y, 667, 1));
        }
    }

    [SkippableTheory]
    [InlineData(nameof(PyramidKind.Grey8))]
    [InlineData(nameof(PyramidKind.Rgb))]
    public void OpenSlide_opens_it_with_its_scale_and_levels(string kindName)
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, OpenSlideLibrary.Found.Reason);
        using var folder = new TempFolder();
        var path = folder["slide.tif"];
        var kind = Enum.Parse<PyramidKind>(kindName);
        Write(path, kind, 0.2537);
        var file = SlideFileHead.Read(path);
        using var slide = OpenSlideSlide.Open(path, file.Tiff);
        Check(slide, kind);
    }

    [Theory]
    [InlineData(nameof(PyramidKind.Grey8))]
    [InlineData(nameof(PyramidKind.Rgb))]
    public void Libvips_opens_it_with_its_scale_and_levels(string kindName)
    {
        using var folder = new TempFolder();
        var path = folder["slide.tif"];
        var kind = Enum.Parse<PyramidKind>(kindName);
        Write(path, kind, 0.2537);
        using var slide = VipsFormats.Tiff.Open(SlideFileHead.Read(path));
        Check(slide, kind);
    }

    [Fact]
    public void Grey_levels_are_means()
    {
        using var folder = new TempFolder();
        var grey = new byte[1030 * 1023];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = MemorySlide.Hash(i, 1, 0);
        using (var writer = new PyramidWriter(folder["g.tif"], 1030, 1023, 1, PyramidKind.Grey8))
        {
            writer.Write(grey);
            writer.Complete();
        }
        var half = Image.Tiffload(folder["g.tif"], page: 1).WriteToMemory<byte>();
        Assert.Equal(515 * 512, half.Length);
        Assert.Equal((grey[10] + grey[11] + grey[1040] + grey[1041] + 2) / 4, half[5]);
        Assert.Equal((grey[1022 * 1030 + 10] + grey[1022 * 1030 + 11] + 1) / 2, half[511 * 515 + 5]); // the odd last row alone
    }

    [Fact]
    public void Disposing_before_the_end_leaves_nothing()
    {
        using var folder = new TempFolder();
        using (var writer = new PyramidWriter(folder["x.tif"], 10, 10, 1, PyramidKind.Labels))
        {
            writer.Write(new byte[50]);
            Assert.Throws<InvalidOperationException>(writer.Complete);
        }
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void An_older_file_stays_until_the_new_one_is_whole()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["x.tif"], "old");
        using var writer = new PyramidWriter(folder["x.tif"], 10, 1, 1, PyramidKind.Labels);
        writer.Write(new byte[10]);
        Assert.Equal("old", File.ReadAllText(folder["x.tif"]));
        writer.Complete();
        Assert.NotEqual("old", File.ReadAllText(folder["x.tif"]));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["file"], "");
        var inside = Path.Combine(folder["file"], "x.tif");
        var message = Assert.Throws<WriteError>(() => new PyramidWriter(inside, 10, 10, 1, PyramidKind.Labels)).Message;
        Assert.Contains(folder["file"], message);
        Assert.Contains("another output folder", message);
    }

    private static byte[] Labels()
    {
        var labels = new byte[Width * Height];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = (byte)(MemorySlide.Hash(i % Width / 9, i / Width / 5, 0) % 4);
        return labels;
    }

    // A gradient, so that JPEG keeps it and every level has it in its place.
    private static void Write(string path, PyramidKind kind, double mpp)
    {
        var channels = kind == PyramidKind.Rgb ? 3 : 1;
        using var writer = new PyramidWriter(path, Width, Height, mpp, kind);
        var row = new byte[Width * channels];
        for (var y = 0; y < Height; y++)
        {
            for (var i = 0; i < row.Length; i++)
                row[i] = Gradient(i / channels, y, i % channels);
            writer.Write(row);
        }
        writer.Complete();
    }

    private static byte Gradient(double x, double y, int channel) =>
        (byte)(channel == 0 ? x / Width * 250 : channel == 1 ? y / Height * 250 : 128);

    private static void Check(ISlide slide, PyramidKind kind)
    {
        Assert.Equal([new(Width, Height, 1), new SlideLevel(667, 556, 2)], slide.Levels);
        Assert.Equal(0.2537, slide.MicronsPerPixel!.Value, 1e-7);
        Assert.Equal(ScaleSource.ResolutionTags, slide.ScaleSource);
        var rgb = new byte[40 * 30 * 3];
        for (var level = 0; level < 2; level++)
        {
            Assert.True(slide.ReadRegion(level, 200, 150, 40, 30, rgb));
            for (var y = 0; y < 30; y++)
                for (var x = 0; x < 40; x++)
                    for (var c = 0; c < 3; c++)
                        Assert.InRange(rgb[(y * 40 + x) * 3 + c] - Gradient((200 + x) << level, (150 + y) << level, kind == PyramidKind.Rgb ? c : 0), -3, 3);
        }
        // The picture's right edge, with what lies outside.
        Assert.True(slide.ReadRegion(0, Width - 1, 600, 2, 1, rgb));
        Assert.InRange(rgb[0], 245, 254);
        Assert.Equal(255, rgb[3]);
    }
}
