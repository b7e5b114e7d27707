using System.IO.Compression;
using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.Tests.Output;

/// <summary>A page of a deflated TIFF of one 8-bit channel, decoded here: the bytes of its pixels, and its palette.</summary>
internal sealed record PlainTiffPage(int Width, int Height, bool IsTiled, byte[] Pixels, (byte, byte, byte)[]? Palette)
{
    private const TiffTag ImageWidth = (TiffTag)256, ImageHeight = (TiffTag)257, RowsPerStrip = (TiffTag)278, TileWidth = (TiffTag)322,
        TileHeight = (TiffTag)323;

    /// <summary>The pages of a file.</summary>
    public static List<PlainTiffPage> Of(string path)
    {
        var pages = new List<PlainTiffPage>();
        using var stream = File.OpenRead(path);
        var bytes = TiffBytes.Open(stream)!;
        for (var at = bytes.FirstDirectory; at != 0;)
        {
            var directory = TiffDirectory.Read(bytes, at)!;
            pages.Add(Page(bytes, directory));
            at = directory.Next;
        }
        return pages;
    }

    private static PlainTiffPage Page(TiffBytes bytes, TiffDirectory directory)
    {
        long Number(TiffTag tag) => directory.Numbers(tag)!.Single();
        var (width, height, tiled) = ((int)Number(ImageWidth), (int)Number(ImageHeight), directory.Has(TiffTag.TileOffsets));
        var offsets = directory.Numbers(tiled ? TiffTag.TileOffsets : TiffTag.StripOffsets)!;
        var lengths = directory.Numbers(tiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts)!;
        var (tileWidth, tileHeight) = tiled ? ((int)Number(TileWidth), (int)Number(TileHeight)) : (width, (int)Number(RowsPerStrip));
        if (tiled)
            Assert.Equal((0, 0), (tileWidth % 16, tileHeight % 16));
        var across = (width + tileWidth - 1) / tileWidth;
        Assert.Equal(across * ((height + tileHeight - 1) / tileHeight), offsets.Length);
        var pixels = new byte[width * height];
        for (var i = 0; i < offsets.Length; i++)
        {
            var (left, top) = (i % across * tileWidth, i / across * tileHeight);
            var rows = tiled ? tileHeight : Math.Min(tileHeight, height - top);
            using var packed = new MemoryStream(bytes.Read(offsets[i], lengths[i])!);
            using var inflate = new ZLibStream(packed, CompressionMode.Decompress);
            var tile = new byte[rows * tileWidth];
            inflate.ReadExactly(tile);
            Assert.Equal(-1, inflate.ReadByte());
            for (var y = 0; y < Math.Min(rows, height - top); y++)
                tile.AsSpan(y * tileWidth, Math.Min(tileWidth, width - left)).CopyTo(pixels.AsSpan((top + y) * width + left));
        }
        return new(width, height, tiled, pixels, Number(TiffTag.Photometric) == 3 ? Colours(directory.Numbers((TiffTag)320)!) : null);
    }

    private static (byte, byte, byte)[] Colours(long[] map) =>
        [.. Enumerable.Range(0, 256).Select(i => ((byte)(map[i] >> 8), (byte)(map[256 + i] >> 8), (byte)(map[512 + i] >> 8)))];

    /// <summary>The picture that a viewer shows, 3 bytes a pixel.</summary>
    public byte[] Rgb() => [.. Pixels.SelectMany(value => Palette is null ? [value, value, value] : (byte[])[Palette[value].Item1, Palette[value].Item2,
        Palette[value].Item3])];
}
