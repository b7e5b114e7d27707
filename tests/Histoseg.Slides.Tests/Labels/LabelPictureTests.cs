using Histoseg.Slides.Labels;
using Histoseg.Slides.Output;
using Histoseg.Slides.Tiff;
using NetVips;

namespace Histoseg.Slides.Tests.Labels;

public sealed class LabelPictureTests : IDisposable
{
    private const int Width = 1500, Height = 1100;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte Label(int x, int y) => (byte)((x / 3 * 7) + (y / 5 * 11));

    private string Write(string name = "labels.tif", PyramidKind kind = PyramidKind.Labels)
    {
        using var writer = new PyramidWriter(_folder[name], Width, Height, 0.5, kind);
        for (var y = 0; y < Height; y++)
            writer.Write(kind == PyramidKind.Rgb ? new byte[Width * 3] : [.. Enumerable.Range(0, Width).Select(x => Label(x, y))]);
        writer.Complete();
        return _folder[name];
    }

    private static LabelPicture Open(string path) => new(path, LabelPictureKind.Prediction);

    /// <summary>Overwrites the first tile of a TIFF's first page.</summary>
    internal static void DamageTile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var bytes = TiffBytes.Open(stream)!;
        var directory = TiffDirectory.Read(bytes, bytes.FirstDirectory)!;
        var (offset, length) = (directory.Numbers(TiffTag.TileOffsets)![0], directory.Numbers(TiffTag.TileByteCounts)![0]);
        stream.Position = offset;
        stream.Write(Enumerable.Repeat((byte)0x55, (int)length).ToArray());
    }

    [Theory]
    [InlineData("labels.tif")]
    [InlineData("a[page=1].tif")]
    [InlineData("a.tif[page=1]")] // what libvips' general loader takes for the second page of a.tif
    public void Size_scale_rows_and_rectangles_are_those_written(string name)
    {
        using var picture = Open(Write(name));
        Assert.Equal((Width, Height), (picture.Width, picture.Height));
        Assert.Equal(0.5, picture.MicronsPerPixel!.Value, 6);
        Assert.Equal([new(Width, Height, 1), new SlideLevel(750, 550, 2)], picture.Levels);
        var rows = picture.ReadRows(600, 30);
        Assert.Equal(Width * 30, rows.Length);
        Assert.All(rows.Index(), at => Assert.Equal(Label(at.Index % Width, 600 + at.Index / Width), at.Item));
        // A smaller level has labels of the pixels it covers.
        Assert.All(picture.Read(1, 300, 200, 70, 60).Index(), at => Assert.Contains(at.Item, Covered(2 * (300 + at.Index % 70), 2 * (200 + at.Index / 70))));

        static byte[] Covered(int x, int y) => [Label(x, y), Label(x + 1, y), Label(x, y + 1), Label(x + 1, y + 1)];
    }

    [Fact]
    public void A_plain_picture_has_one_level_and_no_scale()
    {
        using (var image = Image.NewFromMemory(new byte[] { 1, 2, 3, 4, 5, 6 }, 3, 2, 1, Enums.BandFormat.Uchar))
            image.WriteToFile(_folder["m.png"]);
        using var picture = Open(_folder["m.png"]);
        Assert.Equal([new(3, 2, 1)], picture.Levels);
        Assert.Null(picture.MicronsPerPixel);
        Assert.Equal([5, 6], picture.Read(0, 1, 1, 2, 1));
    }

    [Fact]
    public void A_damaged_tile_is_told_by_every_read_after_it()
    {
        DamageTile(Write());
        using var picture = Open(_folder["labels.tif"]);
        Assert.Equal(Label(1400, 1000), picture.Read(0, 1400, 1000, 1, 1)[0]);
        for (var i = 0; i < 3; i++)
        {
            var error = Assert.Throws<SlideError>(() => picture.ReadRows(0, 64));
            Assert.StartsWith($"{_folder["labels.tif"]}: the label map cannot be read (", error.Message);
            Assert.EndsWith("); segment the slide again", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
        Assert.Throws<SlideError>(() => picture.Read(0, 1400, 1000, 1, 1));
    }

    [Fact]
    public void What_is_no_label_map_is_told()
    {
        string Message(string path) => Assert.Throws<SlideError>(() => Open(path)).Message;
        Assert.Equal($"{_folder["none.tif"]}: no such label map", Message(_folder["none.tif"]));
        Assert.Contains("the label map cannot be read (", Message(_folder.Write("text.tif", "text")));
        Assert.Contains("not a label map: it has 3 channels of Uchar where one of 8 bits is expected", Message(Write("rgb.tif", PyramidKind.Rgb)));
        File.WriteAllBytes(_folder["cut.tif"], File.ReadAllBytes(Write())[..5000]);
        Assert.Contains("the label map cannot be read (", Message(_folder["cut.tif"]));
    }

    [Fact]
    public void Pages_that_are_no_smaller_picture_of_the_labels_are_no_levels()
    {
        using (var stack = Image.NewFromMemory(new byte[40 * 60], 40, 60, 1, Enums.BandFormat.Uchar))
        {
            using var pages = stack.Mutate(mutable => mutable.Set(GValue.GIntType, "page-height", 20));
            pages.Tiffsave(_folder["stack.tif"]);
        }
        using var picture = Open(_folder["stack.tif"]);
        Assert.Equal([new(40, 20, 1)], picture.Levels);
    }
}
