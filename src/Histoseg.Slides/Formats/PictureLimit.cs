using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.Formats;

/// <summary>
/// How large a picture is read: a file of a few bytes can declare one that no memory holds. Whole slides are read tile by tile and may be larger.
/// </summary>
/// <param name="Megapixels">The largest picture that has to be decoded in one piece, in 10⁶ pixels; a tile may have an eighth.</param>
internal readonly record struct PictureLimit(int Megapixels)
{
    // The largest scanners' slides have some 10¹¹ pixels.
    private const double MostOfAnySlide = 1e12;

    // A picture's tiles are a few megapixels where the picture is one tile.
    private const int TilesOfPicture = 8;

    /// <summary>The highest limit that can be asked for.</summary>
    public const int Most = 100_000;

    /// <summary>1000: an uncompressed picture of 3 GB.</summary>
    public static PictureLimit Default { get; } = new(1000);

    /// <summary>Checks a picture that is decoded whole.</summary>
    /// <exception cref="SlideError">It is too large.</exception>
    public void Check(string path, double width, double height)
    {
        if (width * height > Megapixels * 1e6)
            throw TooLarge(path, $"the picture declares {width:0} × {height:0} pixels and is not tiled, so it has to be decoded whole");
    }

    /// <summary>Checks the tiles of a TIFF's page, where it has some.</summary>
    /// <exception cref="SlideError">One tile is too large, or the page is larger than any slide.</exception>
    public void CheckTiles(string path, TiffPage page)
    {
        if (page.Tiles is not { } tiles)
            return;
        if ((double)page.Width * page.Height > MostOfAnySlide)
            throw new SlideError(Figures.Text(
                $"{path}: the file declares {page.Width} × {page.Height} pixels, more than any slide has; copy or export it again"));
        if ((double)tiles.TileWidth * tiles.TileHeight > Megapixels * 1e6 / TilesOfPicture)
            throw TooLarge(path, $"the file declares tiles of {tiles.TileWidth} × {tiles.TileHeight} pixels");
    }

    private SlideError TooLarge(string path, FormattableString what) =>
        new($"{path}: {Figures.Text(what)}, above the limit of {Megapixels} megapixels; save it as a tiled pyramid, or raise the limit")
        { Remedy = Remedy.RaiseLimit };
}
