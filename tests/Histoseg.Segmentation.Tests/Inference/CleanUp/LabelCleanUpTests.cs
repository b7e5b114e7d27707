using FsCheck.Xunit;
using Histoseg.Segmentation.CleanUp;

namespace Histoseg.Segmentation.Tests.Inference.CleanUp;

public class LabelCleanUpTests
{
    private static (byte[] Map, int PeakHeldRows) Clean(byte[] map, int width, CleanUpLimits limits, Func<int>? rowsPerWrite = null)
    {
        var rows = new MemoryRows();
        using var cleanUp = new LabelCleanUp(width, limits, [rows]);
        for (var at = 0; at < map.Length;)
        {
            var count = Math.Min(map.Length - at, (rowsPerWrite?.Invoke() ?? 1) * width);
            cleanUp.Write(map.AsSpan(at, count));
            at += count;
        }
        cleanUp.Complete();
        return (rows.Rows, cleanUp.PeakHeldRows);
    }

    /// <summary>A map drawn with one character a pixel: <c>.</c> is background, a digit a class, <c>?</c> unreadable.</summary>
    private static (byte[] Map, int Width) Draw(string[] rows) =>
        ([.. rows.SelectMany(row => row).Select(c => c switch { '.' => (byte)0, '?' => (byte)255, _ => (byte)(c - '0') })], rows[0].Length);

    private static string[] Clean(CleanUpLimits limits, params string[] rows)
    {
        var (map, width) = Draw(rows);
        return [.. Clean(map, width, limits).Map.Chunk(width)
            .Select(row => string.Concat(row.Select(label => label switch { 0 => '.', 255 => '?', _ => (char)('0' + label) })))];
    }

    /// <summary>A random map: coarse blobs with specks, from three classes, background and unreadable pixels.</summary>
    private static byte[] Random(Random random, int width, int height)
    {
        byte Label() => random.Next(9) switch { < 4 => 0, < 6 => 1, 6 => 2, 7 => 3, _ => 255 };
        var cell = random.Next(1, 5);
        var coarse = Enumerable.Range(0, 64 * 64).Select(_ => Label()).ToArray();
        var speckles = random.Next(1, 12);
        return [.. Enumerable.Range(0, width * height)
            .Select(at => random.Next(speckles) == 0 ? (random.Next(4) == 0 ? Label() : (byte)random.Next(3))
            : coarse[at / width / cell % 64 * 64 + at % width / cell])];
    }

    [Property(MaxTest = 400)]
    public void Agrees_with_flood_fills_however_the_rows_come(int seed)
    {
        var random = new Random(seed);
        int width = random.Next(1, 24), height = random.Next(1, 24);
        var map = Random(random, width, height);
        var limits = new CleanUpLimits(random.Next(3) == 0 ? 0 : random.Next(1, 20), random.Next(3) == 0 ? 0 : random.Next(1, 20));
        var expected = FloodFill.CleanUp(map, width, limits);
        Assert.Equal(expected, Clean(map, width, limits, () => random.Next(1, 5)).Map);
        Assert.Equal(expected, Clean(map, width, limits, () => height).Map);
    }

    [Property(MaxTest = 200)]
    public void No_small_object_stays_and_unreadable_pixels_do(int seed, byte limit)
    {
        var random = new Random(seed);
        const int width = 20;
        var map = Random(random, width, 20);
        var clean = Clean(map, width, new(limit, limit)).Map;
        Assert.All(FloodFill.Regions(clean, width, byCorners: true, label => label is > 0 and < 255), region => Assert.True(region.Count >= limit));
        Assert.Equal(map.Select(label => label == 255), clean.Select(label => label == 255));
    }

    [Property(MaxTest = 200)]
    public void Holds_fewer_rows_than_the_limits_allow(int seed)
    {
        var random = new Random(seed);
        const int width = 6;
        var limits = new CleanUpLimits(random.Next(0, 9), random.Next(0, 9));
        Assert.InRange(Clean(Random(random, width, 200), width, limits).PeakHeldRows, 0,
            Math.Max(0, limits.FillHoles - 1) + 2 * Math.Max(0, limits.MinObject - 1));
    }

    [Fact]
    public void A_high_map_holds_no_more_rows_than_its_small_regions_are_high()
    {
        // A tumour from top to bottom with a 4 × 4 hole and, beside it, a 4 × 4 speck in every 10 rows.
        const int width = 40, height = 20_000;
        var map = new byte[width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                map[y * width + x] = y % 10 < 4 && x is >= 8 and < 12 ? (byte)0 : y % 10 < 4 && x is >= 30 and < 34 ? (byte)1 : x < 20 ? (byte)1 : (byte)0;
        var (clean, peak) = Clean(map, width, new(100, 100));
        // Three passes, each holding the four rows of what is still open; the tumour counts as large after 5 rows.
        Assert.InRange(peak, 4, 15);
        var band = clean.AsSpan(width * 10, width * (height - 20));
        for (var at = 0; at < band.Length; at++)
            Assert.True(band[at] == (at % width < 20 ? 1 : 0));
    }

    [Fact]
    public void An_upright_line_is_held_until_it_is_as_long_as_the_limit()
    {
        var map = new byte[3 * 1000];
        for (var y = 0; y < 1000; y++)
            map[y * 3 + 1] = 1;
        var (clean, peak) = Clean(map, 3, new(50, 0));
        Assert.Equal(map, clean);
        Assert.Equal(49, peak);
        Assert.Equal(new byte[3 * 49], Clean(map[..(3 * 49)], 3, new(50, 0)).Map);
    }

    [Theory]
    [InlineData(0.0001, 0.5, 400)] // 400 pixels of 0.25 µm² are 0.0001 mm²
    [InlineData(0.0003, 1, 300)]
    [InlineData(0.00030001, 1, 301)]
    [InlineData(0.01, 0.25, 160_000)]
    [InlineData(0.01, 0.243, 169_351)] // 169 350.9 pixels
    [InlineData(1e-9, 1, 1)]
    [InlineData(0, 1, 0)]
    public void Regions_of_exactly_the_area_are_not_smaller(double mm2, double micronsPerPixel, long pixels) =>
        Assert.Equal(new CleanUpLimits(pixels, pixels), CleanUpLimits.FromMm2(mm2, mm2, micronsPerPixel));

    [Fact]
    public void A_speck_becomes_what_surrounds_it() => Assert.Equal(
        [
            "........",
            "..2222..",
            "..2222..",
            "..2222..",
            "........",
        ],
        Clean(new(4, 0),
            "1.......",
            "..2222..",
            "..2132..",
            "..2222.1",
            "......1."));

    [Fact]
    public void Specks_that_touch_and_are_together_large_are_noise() =>
        Assert.Equal(["22222222", "22....22", "22222222"], Clean(new(3, 0), "22222222", "22113322", "22222222"));

    [Fact]
    public void Holes_are_filled_with_what_they_border_on_most_but_not_at_the_edge_or_beside_unreadable_pixels() => Assert.Equal(
        [
            ".1112222",
            "11112222",
            "11111222",
            "11111111",
            "111111?.",
            "11111111",
        ],
        Clean(new(0, 3),
            ".1112222",
            "11.12222",
            "111..222",
            "11111111",
            "1111.1?.",
            "11111111"));

    [Fact]
    public void A_hole_is_bounded_by_corners_and_an_object_joined_by_them() => Assert.Equal(
        [
            ".....",
            "..1..",
            ".111.",
            "..1..",
            "....."
        ],
        Clean(new(5, 2),
            ".....",
            "..1..",
            ".1.1.",
            "..1..",
            "....."));

    [Fact]
    public void A_row_must_be_whole()
    {
        using var cleanUp = new LabelCleanUp(5, new(1, 1), []);
        Assert.Throws<ArgumentException>(() => cleanUp.Write(new byte[7]));
    }
}
