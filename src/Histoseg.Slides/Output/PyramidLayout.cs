namespace Histoseg.Slides.Output;

/// <summary>The sizes of a pyramid's levels and of the tiles they are cut into.</summary>
/// <remarks>
/// <para>
/// A tile's sides are 512 pixels, or 256, 128, 64, 32 or 16 where the picture has fewer: the largest that is not larger than the picture. Each level has half
/// the size of the one before, rounded up, as long as both its sides are at least those of a tile. OpenSlide 3.4 shears and shifts levels that are smaller
/// than their tile unless they are JPEG.
/// </para>
/// <para>
/// A picture under 16 pixels in a side cannot have such tiles, since TIFF wants multiples of 16. It is cut into strips, which OpenSlide says that it cannot
/// open, rather than into tiles that it would garble.
/// </para>
/// </remarks>
internal sealed record PyramidLayout
{
    private const int LargestTile = 512, SmallestTile = 16;

    /// <summary>The layout of a picture.</summary>
    /// <param name="width">Width of level 0 in pixels.</param>
    /// <param name="height">Height of level 0 in pixels.</param>
    /// <param name="kind">What the pixels are.</param>
    public PyramidLayout(int width, int height, PyramidKind kind)
    {
        var levels = new List<(int Width, int Height)> { (width, height) };
        Levels = levels;
        IsTiled = kind == PyramidKind.Rgb || (width >= SmallestTile && height >= SmallestTile);
        (TileWidth, TileHeight) = IsTiled ? (Side(width), Side(height)) : (width, Math.Min(LargestTile, height));
        while (IsTiled)
        {
            var (w, h) = ((levels[^1].Width + 1) / 2, (levels[^1].Height + 1) / 2);
            if (w < TileWidth || h < TileHeight)
                return;
            levels.Add((w, h));
        }
    }

    /// <summary>Sizes in pixels, largest first.</summary>
    public IReadOnlyList<(int Width, int Height)> Levels { get; }

    /// <summary>Whether there are tiles; else strips as wide as the picture.</summary>
    public bool IsTiled { get; }

    /// <summary>Width of a tile or strip in pixels.</summary>
    public int TileWidth { get; }

    /// <summary>Height of a tile or strip in pixels; the last strip may have fewer rows.</summary>
    public int TileHeight { get; }

    private static int Side(int pixels)
    {
        var side = LargestTile;
        while (side > SmallestTile && side > pixels)
            side /= 2;
        return side;
    }
}
