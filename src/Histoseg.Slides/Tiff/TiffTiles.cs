using System.Collections;

namespace Histoseg.Slides.Tiff;

/// <summary>The tiles of a page.</summary>
/// <param name="TileWidth">Pixels.</param>
/// <param name="TileHeight">Pixels.</param>
/// <param name="Columns">Tiles beside one another.</param>
/// <param name="Rows">Tiles below one another.</param>
/// <param name="Missing">The tiles left out, by row and column: nothing was scanned there. Null where none is.</param>
internal sealed record TiffTiles(int TileWidth, int TileHeight, int Columns, int Rows, BitArray? Missing)
{
    /// <summary>The tiles of a page; null where the directory makes no sense of them.</summary>
    /// <param name="width">Of the page, pixels.</param>
    /// <param name="height">Of the page, pixels.</param>
    /// <param name="tileWidth">Pixels.</param>
    /// <param name="tileHeight">Pixels.</param>
    /// <param name="bytes">Bytes of each tile; 0 marks one that was left out.</param>
    public static TiffTiles? Of(long width, long height, long tileWidth, long tileHeight, long[] bytes)
    {
        if (tileWidth is < 1 or > int.MaxValue || tileHeight is < 1 or > int.MaxValue || width < 1 || height < 1)
            return null;
        var columns = (width + tileWidth - 1) / tileWidth;
        var rows = (height + tileHeight - 1) / tileHeight;
        if (columns > int.MaxValue || rows > int.MaxValue)
            return null;
        BitArray? missing = null;
        // With separate planes the tiles of each colour follow one another; one that lacks a colour is left out whole.
        var each = columns * rows;
        for (var i = 0; i < bytes.Length && each is > 0 and <= int.MaxValue; i++)
            if (bytes[i] == 0)
                (missing ??= new BitArray((int)each))[(int)(i % each)] = true;
        return new((int)tileWidth, (int)tileHeight, (int)columns, (int)rows, missing);
    }

    /// <summary>Tiles of one colour, or of all where they are not apart.</summary>
    public long Count => (long)Columns * Rows;

    /// <summary>The number of the tile at a pixel.</summary>
    public int At(long x, long y) => (int)(y / TileHeight * Columns + x / TileWidth);
}
