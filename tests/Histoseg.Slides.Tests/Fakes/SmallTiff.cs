using System.Buffers.Binary;

namespace Histoseg.Slides.Tests.Fakes;

/// <summary>A page of a TIFF, uncompressed: what its tags say, and its bytes as they are stored.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Data">Rows (each from a whole byte on), or tile after tile.</param>
internal sealed record SmallTiffPage(int Width, int Height, byte[] Data)
{
    public int Bits { get; init; } = 8;

    public int Photometric { get; init; } = 1;

    public int Samples { get; init; } = 1;

    /// <summary>1: whole, 2: with a sign, 3: with a fraction.</summary>
    public int Format { get; init; } = 1;

    public int Compression { get; init; } = 1;

    public int[] ExtraSamples { get; init; } = [];

    /// <summary>3 × 2^bits numbers of 16 bits, first all reds.</summary>
    public int[] Palette { get; init; } = [];

    /// <summary>Side of the tiles, a multiple of 16; 0: one strip.</summary>
    public int Tile { get; init; }

    public string Description { get; init; } = "";

    /// <summary>RGB pixels as tiles.</summary>
    public static SmallTiffPage Tiled(int width, int height, int tile, Func<int, int, (byte R, byte G, byte B)> colour)
    {
        var (across, down) = ((width + tile - 1) / tile, (height + tile - 1) / tile);
        var data = new byte[across * down * tile * tile * 3];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var at = (((((y / tile * across) + (x / tile)) * tile * tile) + (y % tile * tile) + (x % tile)) * 3);
                (data[at], data[at + 1], data[at + 2]) = colour(x, y);
            }
        return new(width, height, data) { Photometric = 2, Samples = 3, Tile = tile };
    }
}

/// <summary>Writes classic TIFFs of any byte order, for tests that need a file no library would write.</summary>
internal static class SmallTiff
{
    public static void Write(string path, bool littleEndian, params SmallTiffPage[] pages)
    {
        using var file = File.Create(path);
        file.Write(littleEndian ? "II"u8 : "MM"u8);
        Number(file, littleEndian, 42, 2);
        var pointer = file.Position;
        Number(file, littleEndian, 0, 4);
        foreach (var page in pages)
        {
            var data = file.Position;
            file.Write(page.Data);
            pointer = WritePage(file, littleEndian, page, data, pointer);
        }
    }

    // Returns where the pointer to the next page lies.
    private static long WritePage(FileStream file, bool littleEndian, SmallTiffPage page, long data, long pointer)
    {
        var tiles = page.Tile == 0 ? 1 : (page.Width + page.Tile - 1) / page.Tile * ((page.Height + page.Tile - 1) / page.Tile);
        long[] offsets = [.. Enumerable.Range(0, tiles).Select(i => data + (i * (long)page.Data.Length / tiles))];
        long[] lengths = [.. Enumerable.Repeat((long)page.Data.Length / tiles, tiles)];
        var tags = new SortedDictionary<int, (int Type, long[] Values)>
        {
            [256] = (4, [page.Width]),
            [257] = (4, [page.Height]),
            [258] = (3, [.. Enumerable.Repeat((long)page.Bits, page.Samples)]),
            [259] = (3, [page.Compression]),
            [262] = (3, [page.Photometric]),
            [277] = (3, [page.Samples]),
            [339] = (3, [.. Enumerable.Repeat((long)page.Format, page.Samples)]),
        };
        if (page.Description.Length > 0)
            tags[270] = (2, [.. page.Description.Select(sign => (long)sign), 0]);
        if (page.ExtraSamples.Length > 0)
            tags[338] = (3, [.. page.ExtraSamples.Select(kind => (long)kind)]);
        if (page.Palette.Length > 0)
            tags[320] = (3, [.. page.Palette.Select(part => (long)part)]);
        if (page.Tile == 0)
            (tags[273], tags[278], tags[279]) = ((4, offsets), (4, [page.Height]), (4, lengths));
        else
            (tags[322], tags[323], tags[324], tags[325]) = ((4, [page.Tile]), (4, [page.Tile]), (4, offsets), (4, lengths));
        var places = new Dictionary<int, long>();
        foreach (var (tag, (type, values)) in tags)
        {
            if (values.Length * Size(type) <= 4)
                continue;
            file.Position = file.Length + (file.Length & 1);
            places[tag] = file.Position;
            foreach (var value in values)
                Number(file, littleEndian, value, Size(type));
        }
        var directory = file.Length + (file.Length & 1);
        file.Position = pointer;
        Number(file, littleEndian, directory, 4);
        file.Position = directory;
        Number(file, littleEndian, tags.Count, 2);
        foreach (var (tag, (type, values)) in tags)
        {
            Number(file, littleEndian, tag, 2);
            Number(file, littleEndian, type, 2);
            Number(file, littleEndian, values.Length, 4);
            if (places.TryGetValue(tag, out var place))
            {
                Number(file, littleEndian, place, 4);
                continue;
            }
            foreach (var value in values)
                Number(file, littleEndian, value, Size(type));
            for (var pad = values.Length * Size(type); pad < 4; pad++)
                file.WriteByte(0);
        }
        var next = file.Position;
        Number(file, littleEndian, 0, 4);
        return next;
    }

    private static int Size(int type) => type switch { 2 => 1, 3 => 2, _ => 4 };

    private static void Number(FileStream file, bool littleEndian, long value, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (littleEndian)
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        else
            BinaryPrimitives.WriteInt64BigEndian(bytes, value << (8 * (8 - size)));
        file.Write(bytes[..size]);
    }
}
