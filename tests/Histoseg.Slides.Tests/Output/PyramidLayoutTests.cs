using Histoseg.Slides.Output;

namespace Histoseg.Slides.Tests.Output;

public class PyramidLayoutTests
{
    [Theory]
    [InlineData(4097, 2049, 512, 512, "4097x2049 2049x1025 1025x513")]
    [InlineData(1024, 1024, 512, 512, "1024x1024 512x512")]
    [InlineData(1023, 1024, 512, 512, "1023x1024 512x512")]
    [InlineData(1022, 1024, 512, 512, "1022x1024")]
    [InlineData(512, 512, 512, 512, "512x512")]
    [InlineData(511, 513, 256, 512, "511x513")]
    [InlineData(476, 476, 256, 256, "476x476")]
    [InlineData(100, 3000, 64, 512, "100x3000")]
    [InlineData(128, 4000, 128, 512, "128x4000")]
    [InlineData(513, 40, 512, 32, "513x40")]
    [InlineData(2000, 31, 512, 16, "2000x31 1000x16")]
    [InlineData(16, 16, 16, 16, "16x16")]
    public void No_level_is_smaller_than_its_tiles(int width, int height, int tileWidth, int tileHeight, string levels)
    {
        foreach (var kind in Enum.GetValues<PyramidKind>())
        {
            var layout = new PyramidLayout(width, height, kind);
            Assert.Equal((true, tileWidth, tileHeight), (layout.IsTiled, layout.TileWidth, layout.TileHeight));
            Assert.Equal(levels, string.Join(' ', layout.Levels.Select(level => $"{level.Width}x{level.Height}")));
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(15, 3000, 512)]
    [InlineData(3000, 7, 7)]
    public void A_map_too_small_for_any_tile_has_strips_and_one_level(int width, int height, int rows)
    {
        var layout = new PyramidLayout(width, height, PyramidKind.Labels);
        Assert.Equal((false, width, rows), (layout.IsTiled, layout.TileWidth, layout.TileHeight));
        Assert.Equal([(width, height)], layout.Levels);
        // JPEG is read right in any tile.
        Assert.True(new PyramidLayout(width, height, PyramidKind.Rgb).IsTiled);
    }
}
