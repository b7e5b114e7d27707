using Histoseg.Slides.Annotations;
using Histoseg.Slides.Tests.Labels;
using NetVips;

namespace Histoseg.Slides.Tests.Annotations;

public class MaskLabelsTests
{
    private static readonly string[] _two = ["background", "tumour"], _three = [.. _two, "fat"];

    private static string Save(TempFolder folder, string name, int width, int height, Func<int, int, byte> value, int bands = 1)
    {
        var pixels = new byte[width * height * bands];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = value(i / bands % width, i / bands / width);
        using var image = Image.NewFromMemory(pixels, width, height, bands, Enums.BandFormat.Uchar);
        image.WriteToFile(folder[name]);
        return folder[name];
    }

    [Theory]
    [InlineData("mask.png", 1)]
    [InlineData("mask.tif", 1)]
    [InlineData("rgb.png", 3)]
    public void Values_are_labels_at_any_whole_downsample(string name, int bands)
    {
        using var folder = new TempFolder();
        // 30×20 mask pixels of 4×4: a slide of 119×82 leaves one short at the right and 2 rows over at the bottom.
        var mask = Save(folder, name, 30, 20, (x, y) => (byte)(x == 5 ? 255 : (x + y) % 3), bands);
        var labels = LabelSource.FromMask(mask, _three, 119, 82).Paint(130, 90, -5, -5);
        for (var y = -5; y < 85; y++)
            for (var x = -5; x < 125; x++)
            {
                var (mx, my) = (Math.Min(x / 4, 29), Math.Min(y / 4, 19));
                var expected = x < 0 || y < 0 || x >= 119 || y >= 82 || mx == 5 ? 255 : (mx + my) % 3;
                Assert.Equal(expected, labels[((y + 5) * 130) + x + 5]);
            }
    }

    [Fact]
    public void A_mask_too_large_for_memory_is_read_by_regions()
    {
        using var folder = new TempFolder();
        var mask = Save(folder, "mask.png", 60, 50, (x, y) => (byte)((x * y) % 3));
        var frame = new SlideFrame(240, 200);
        var held = MaskLabels.Load(mask, _three, [frame], null);
        var read = MaskLabels.Load(mask, _three, [frame], null, largestInMemory: 100);
        foreach (var (x, y, downsample) in new[] { (-10, -7, 1.0), (101, 77, 1.0), (30, 20, 2.6), (220, 190, 1.0) })
            Assert.Equal(held.Paint(50, 40, x, y, downsample), read.Paint(50, 40, x, y, downsample));
        Assert.Contains("value 2", Assert.Throws<SlideError>(() => MaskLabels.Load(mask, _two, [frame], null, largestInMemory: 100)).Message);
    }

    [Theory]
    [InlineData("a[page=1].tif")]
    [InlineData("a.tif[page=1]")]
    [InlineData("a.png[access=sequential]")]
    public void Brackets_in_a_name_are_no_options(string name)
    {
        using var folder = new TempFolder();
        var mask = Save(folder, name.Contains("png") ? "a.png" : "a.tif", 6, 4, (x, _) => (byte)(x % 2));
        File.Move(mask, folder[name]);
        Assert.Equal([0, 1, 0, 1, 0, 1], LabelSource.FromMask(folder[name], _two, 6, 4).Paint(6, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public void A_damaged_tile_is_told_and_not_taken_for_background(long largestInMemory)
    {
        using var folder = new TempFolder();
        using var image = (Image.Black(200, 200) + 1).Cast(Enums.BandFormat.Uchar);
        image.Tiffsave(folder["m.tif"], compression: Enums.ForeignTiffCompression.Deflate, tile: true, tileWidth: 64, tileHeight: 64);
        LabelPictureTests.DamageTile(folder["m.tif"]);
        var error = Assert.Throws<SlideError>(() => MaskLabels.Load(folder["m.tif"], _two, [new SlideFrame(200, 200)], null, largestInMemory).Paint(200, 200));
        Assert.StartsWith($"{folder["m.tif"]}: the mask cannot be read: ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_value_map_turns_values_into_labels()
    {
        using var folder = new TempFolder();
        var mask = Save(folder, "m.png", 8, 8, (x, _) => (byte)(x < 4 ? 255 : 0));
        var labels = LabelSource.FromMask(mask, _two, 8, 8, new Dictionary<byte, byte> { [0] = 0, [255] = 1 }).Paint(8, 8);
        Assert.Equal(32, labels.Count(l => l == 1));
        Assert.DoesNotContain((byte)255, labels);
    }

    [Fact]
    public void What_is_wrong_with_a_mask_is_told()
    {
        using var folder = new TempFolder();
        string Message(string path, int width = 8, int height = 8) => Assert.Throws<SlideError>(() => LabelSource.FromMask(path, _two, width, height)).Message;
        Assert.Contains("does not exist", Message(folder["none.png"]));
        Assert.Contains("neither PNG nor TIFF", Message(folder.Write("text.png", "no picture")));
        var mask = Save(folder, "m.png", 8, 8, (x, y) => (byte)(x == 3 && y == 3 ? 7 : 0));
        Assert.EndsWith("m.png: the mask has the value 7, which is no label (0: background, 1: tumour, 255: ignore); write what each value means, a class or "
            + "'ignore', such as mask_values: {0: background, 7: tumour}", Message(mask));
        Assert.Contains("does not cover the slide (100 × 8)", Message(mask, 100));
        Assert.Contains("does not cover the slide (12 × 12)", Message(mask, 12, 12));
        using var colour = Image.Black(8, 8).Bandjoin(Image.Black(8, 8) + 9, Image.Black(8, 8)).Cast(Enums.BandFormat.Uchar);
        colour.WriteToFile(folder["c.png"]);
        Assert.Contains("colour picture", Message(folder["c.png"]));
        File.WriteAllBytes(folder["cut.png"], File.ReadAllBytes(mask)[..60]);
        Assert.Contains("cannot be read", Message(folder["cut.png"]));
    }
}
