using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Histoseg.Slides.Output;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>
/// A slide of 100 000 × 80 000 pixels in a file of a few megabytes: a tiled pyramidal TIFF that has four tiles, of one colour each, again and again. With it
/// a label map, and 100 000 polygons in a grid.
/// </summary>
internal static class HugeSlide
{
    public const int Width = 100_000, Height = 80_000, Polygons = 100_000, Columns = 400, Corners = 24;
    private const int Side = 512, MapWidth = 6250, MapHeight = 5000;
    private const double Microns = 0.25;

    /// <summary>Pixels between the middles of two polygons, and how far their corners are from the middle.</summary>
    public const int Pitch = 240, Radius = 100;

    /// <summary>The colour of a tile of level 0.</summary>
    public static (byte Red, byte Green, byte Blue) ColourOfTile(int column, int row) => ((column + row) & 3) switch
    {
        0 => (230, 180, 210),
        1 => (200, 150, 190),
        2 => (240, 220, 230),
        _ => (180, 120, 170),
    };

    /// <summary>Writes slide and results.</summary>
    /// <returns>The output folder.</returns>
    public static string Write(TempFolder folder)
    {
        WriteSlide(folder["huge.tif"]);
        DrawnSlide.AddNote(folder["out"], folder["huge.tif"], "huge");
        using (var rows = new PyramidWriter(folder["out/segmentations/huge.tif"], MapWidth, MapHeight, Microns * Width / MapWidth, PyramidKind.Labels))
        {
            var row = new byte[MapWidth];
            for (var y = 0; y < MapHeight; y++)
            {
                row.AsSpan().Clear();
                row.AsSpan(1000, 1000).Fill((byte)(y is >= 1000 and < 2000 ? 1 : 0));
                rows.Write(row);
            }
            rows.Complete();
        }
        Directory.CreateDirectory(folder["out/model-outputs-geojson"]);
        using var polygons = File.CreateText(folder["out/model-outputs-geojson/huge.geojson"]);
        polygons.Write("{\"type\":\"FeatureCollection\",\"features\":[\n");
        for (var i = 0; i < Polygons; i++)
            polygons.Write((i == 0 ? "" : ",\n") + Polygon(i));
        polygons.Write("]}\n");
        return folder["out"];
    }

    /// <summary>The middle of a polygon.</summary>
    public static (int X, int Y) MiddleOf(int polygon) => ((polygon % Columns + 1) * Pitch, (polygon / Columns + 1) * Pitch);

    private static string Polygon(int i)
    {
        var (x, y) = MiddleOf(i);
        var text = new StringBuilder("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[");
        for (var corner = 0; corner <= Corners; corner++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * (corner % Corners) / Corners);
            text.Append(CultureInfo.InvariantCulture, $"{(corner == 0 ? "" : ",")}[{x + Radius * cos:0.#},{y + Radius * sin:0.#}]");
        }
        return text.Append($"]]}},\"properties\":{{\"classification\":{{\"name\":\"{(i % 2 == 0 ? "tumour" : "stroma")}\"}}}}}}").ToString();
    }

    private static void WriteSlide(string path)
    {
        using var file = File.Create(path);
        file.Write([(byte)'I', (byte)'I', 42, 0, 0, 0, 0, 0]);
        var tiles = new uint[4];
        for (var i = 0; i < 4; i++)
        {
            tiles[i] = (uint)file.Position;
            var (red, green, blue) = ColourOfTile(i, 0);
            var pixels = new byte[Side * Side * 3];
            for (var p = 0; p < pixels.Length; p += 3)
                (pixels[p], pixels[p + 1], pixels[p + 2]) = (red, green, blue);
            file.Write(pixels);
        }
        var link = 4L;
        for (var (down, level) = (1, 0); Math.Max(Width, Height) / down >= Side; down *= 2, level++)
            link = WriteLevel(file, tiles, Width / down, Height / down, level, link);
    }

    private static long WriteLevel(FileStream file, uint[] tiles, int width, int height, int level, long link)
    {
        var (columns, rows) = ((width + Side - 1) / Side, (height + Side - 1) / Side);
        var offsets = (uint)file.Position;
        Numbers(file, from row in Enumerable.Range(0, rows) from column in Enumerable.Range(0, columns) select tiles[(column + row) & 3]);
        var counts = (uint)file.Position;
        Numbers(file, Enumerable.Repeat((uint)(Side * Side * 3), rows * columns));
        var extra = (uint)file.Position;
        Numbers(file, [8 | 8 << 16, 8, (uint)(10000 / (Microns / 1000) / 1000), 1]); // 8 bits three times; pixels per centimetre
        var resolution = extra + 8;
        (int Tag, int Type, int Count, uint Value)[] fields =
        [
            (254, 4, 1, level == 0 ? 0u : 1), (256, 4, 1, (uint)width), (257, 4, 1, (uint)height), (258, 3, 3, extra), (259, 3, 1, 1), (262, 3, 1, 2),
            (277, 3, 1, 3),
            (282, 5, 1, resolution), (283, 5, 1, resolution), (284, 3, 1, 1), (296, 3, 1, 3), (322, 4, 1, Side), (323, 4, 1, Side),
            (324, 4, rows * columns, rows * columns == 1 ? tiles[0] : offsets), (325, 4, rows * columns, rows * columns == 1 ? Side * Side * 3 : counts),
        ];
        var start = file.Position;
        file.Position = link;
        Numbers(file, [(uint)start]);
        file.Position = start;
        var directory = new byte[2 + 12 * fields.Length + 4];
        BinaryPrimitives.WriteUInt16LittleEndian(directory, (ushort)fields.Length);
        foreach (var (i, (tag, type, count, value)) in fields.Index())
        {
            var entry = directory.AsSpan(2 + 12 * i);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], count);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], value);
        }
        file.Write(directory);
        return start + directory.Length - 4;
    }

    private static void Numbers(FileStream file, IEnumerable<uint> numbers)
    {
        foreach (var number in numbers)
            file.Write(BitConverter.GetBytes(number));
    }
}
