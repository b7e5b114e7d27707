using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Output;
using Histoseg.Slides.Tests.Slides;
using NetVips;

namespace Histoseg.Slides.Tests.Output;

/// <summary>Label and heat maps are the same picture in whatever reads them, at every level and whatever their size.</summary>
public sealed class EveryReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<int, int> Sizes => new()
    {
        { 1, 1 }, { 7, 500 }, { 500, 15 }, { 16, 16 }, { 17, 31 }, { 100, 100 }, { 128, 100 }, { 40, 700 }, { 476, 476 }, { 511, 513 }, { 512, 512 },
        { 513, 40 }, { 1024, 1023 }, { 1500, 1100 }, { 2049, 1025 },
    };

    public void Dispose() => _folder.Dispose();

    private string Write(int width, int height, PyramidKind kind)
    {
        using var writer = new PyramidWriter(_folder[$"{kind}.tif"], width, height, 0.5, kind);
        for (var y = 0; y < height; y++)
            writer.Write([.. Enumerable.Range(0, width).Select(x => Value(x, y))]);
        writer.Complete();
        return _folder[$"{kind}.tif"];
    }

    // Every value that there is, in patches of 3 × 2.
    private static byte Value(int x, int y) => MemorySlide.Hash(x / 3, y / 2, 0);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_file_holds_the_values_themselves(int width, int height)
    {
        foreach (var kind in new[] { PyramidKind.Labels, PyramidKind.Grey8 })
        {
            var pages = PlainTiffPage.Of(Write(width, height, kind));
            Assert.Equal(new PyramidLayout(width, height, kind).Levels, pages.Select(page => (page.Width, page.Height)));
            Assert.All(pages[0].Pixels.Index(), at => Assert.Equal(Value(at.Index % width, at.Index / width), at.Item));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Libvips_shows_every_level(int width, int height)
    {
        foreach (var kind in new[] { PyramidKind.Labels, PyramidKind.Grey8 })
        {
            var path = Write(width, height, kind);
            foreach (var (i, page) in PlainTiffPage.Of(path).Index())
            {
                using var image = Image.Tiffload(path, page: i, failOn: Enums.FailOn.Warning);
                Assert.Equal((page.Width, page.Height), (image.Width, image.Height));
                Assert.Equal(page.Palette is null ? page.Pixels : page.Rgb(), image.WriteToMemory<byte>());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Our_reader_gives_the_labels_of_every_level(int width, int height)
    {
        foreach (var kind in new[] { PyramidKind.Labels, PyramidKind.Grey8 })
        {
            var path = Write(width, height, kind);
            using var picture = new LabelPicture(path, LabelPictureKind.Prediction);
            var pages = PlainTiffPage.Of(path);
            Assert.Equal(pages.Count, picture.Levels.Count);
            Assert.All(pages.Index(), page => Assert.Equal(page.Item.Pixels, picture.Read(page.Index, 0, 0, page.Item.Width, page.Item.Height)));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sizes))]
    public void OpenSlide_shows_every_level_or_opens_none(int width, int height)
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, OpenSlideLibrary.Found.Reason);
        foreach (var kind in new[] { PyramidKind.Labels, PyramidKind.Grey8 })
        {
            var path = Write(width, height, kind);
            var pages = PlainTiffPage.Of(path);
            Assert.Equal(pages[0].IsTiled, OpenSlideNative.DetectVendor(path) is not null);
            if (!pages[0].IsTiled)
                continue;
            using var slide = OpenSlideNative.Open(path);
            Assert.Equal(pages.Count, OpenSlideNative.GetLevelCount(slide));
            Assert.All(pages.Index(), page => Assert.Equal(page.Item.Rgb(), Level(slide, page.Index, page.Item.Width, page.Item.Height)));
        }
    }

    // At once and from its corner: at another place OpenSlide interpolates where a level is not exactly half of the one below, as of odd sizes.
    private static unsafe byte[] Level(OpenSlideHandle slide, int level, int width, int height)
    {
        OpenSlideNative.GetLevelDimensions(slide, level, out var columns, out var rows);
        Assert.Equal((width, height), (columns, rows));
        var pixels = new uint[width * height];
        fixed (uint* first = pixels)
            OpenSlideNative.ReadRegion(slide, first, 0, 0, level, width, height);
        Assert.Null(OpenSlideNative.GetError(slide));
        return [.. pixels.SelectMany(pixel => (byte[])[(byte)(pixel >> 16), (byte)(pixel >> 8), (byte)pixel])];
    }

    [Fact]
    public void Labels_have_colours_of_their_own_and_the_background_is_white()
    {
        var palette = PlainTiffPage.Of(Write(20, 20, PyramidKind.Labels)).Single().Palette!;
        Assert.Equal(256, palette.Distinct().Count());
        Assert.Equal([(255, 255, 255), (255, 196, 0), (0, 110, 255)], palette[..3]);
        Assert.Equal((60, 60, 60), palette[255]);
        Assert.Null(PlainTiffPage.Of(Write(20, 20, PyramidKind.Grey8)).Single().Palette);
    }

    [Fact]
    public void Colours_of_ones_own_are_in_the_palette()
    {
        using (var writer = new PyramidWriter(_folder["own.tif"], 2, 1, 1, PyramidKind.Labels, ClassPalette.Of(["a", "b", "c"],
            new Dictionary<string, string> { ["a"] = "#F0F1f2", ["c"] = "#010203" })))
        {
            writer.Write([0, 2]);
            writer.Complete();
        }
        Assert.Equal([(240, 241, 242), (255, 196, 0), (1, 2, 3), (0, 170, 80)], PlainTiffPage.Of(_folder["own.tif"]).Single().Palette![..4]);
        Assert.Throws<ArgumentException>(() => new ClassPalette(["#12345g"]));
    }

    [Fact]
    public void A_label_map_serves_as_a_mask()
    {
        using var mask = new LabelPicture(Write(60, 50, PyramidKind.Labels), LabelPictureKind.Mask);
        Assert.All(mask.ReadRows(0, 50).Index(), at => Assert.Equal(Value(at.Index % 60, at.Index / 60), at.Item));
    }

    [Fact]
    public void A_map_from_before_there_were_palettes_is_still_read()
    {
        using (var image = Image.NewFromMemory(Enumerable.Range(0, 64 * 64).Select(i => (byte)(i / 64)).ToArray(), 64, 64, 1, Enums.BandFormat.Uchar))
            image.Tiffsave(_folder["old.tif"], tile: true, tileWidth: 64, tileHeight: 64, compression: Enums.ForeignTiffCompression.Deflate);
        using var picture = new LabelPicture(_folder["old.tif"], LabelPictureKind.Prediction);
        Assert.Equal([9, 10], picture.Read(0, 5, 9, 1, 2));
    }
}
