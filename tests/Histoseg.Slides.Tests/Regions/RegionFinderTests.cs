using System.Runtime.CompilerServices;
using FsCheck.Xunit;
using Histoseg.Slides.Regions;

namespace Histoseg.Slides.Tests.Regions;

public class RegionFinderTests
{
    /// <summary>Keeps the places of all pixels, in the order in which they were gathered.</summary>
    private struct Places : IRegionData<Places>
    {
        public List<(int X, long Y)>? All { get; set; }

        public static Places Join(Places left, Places right) => new() { All = [.. left.All ?? [], .. right.All ?? []] };
    }

    private static bool IsSought(int label) => label is not 0 and not 3;

    // Few labels in coarse cells with specks: regions of every shape, and rows that repeat.
    private static byte[] Random(Random random, int width, int height)
    {
        var (cell, speck, kinds) = (random.Next(1, 4), random.Next(2, 20), random.Next(2, 5));
        var coarse = Enumerable.Range(0, width * height).Select(_ => (byte)random.Next(kinds)).ToArray();
        return [.. Enumerable.Range(0, width * height).Select(at =>
            random.Next(speck) == 0 ? (byte)random.Next(kinds) : coarse[(at / width / cell * width) + (at % width / cell)])];
    }

    private static void Add(RegionFinder<Places> finder, ReadOnlySpan<byte> row, bool asRuns)
    {
        if (!asRuns)
        {
            finder.Add(row);
            return;
        }
        var runs = new List<LabelRun>();
        for (var x = 0; x < row.Length; x = runs[^1].End)
            runs.Add(new(x, LabelRun.EndOf(row, x), row[x]));
        finder.Add(runs.ToArray());
    }

    /// <summary>The region of every pixel, null where none is sought, once all rows are in.</summary>
    private static ConnectedRegion<Places>?[] Find(byte[] map, int width, bool byCorners, Func<bool> asRuns, bool repeat = false)
    {
        var finder = new RegionFinder<Places>(byCorners, IsSought);
        var regions = new ConnectedRegion<Places>?[map.Length];
        for (var y = 0; y < map.Length / width; y++)
        {
            var row = map.AsSpan(y * width, width);
            if (repeat && y > 0 && row.SequenceEqual(map.AsSpan((y - 1) * width, width)))
                finder.Repeat();
            else
                Add(finder, row, asRuns());
            Assert.Equal(y, finder.Row);
            var end = 0;
            foreach (var run in finder.Runs)
            {
                Assert.Equal(end, run.Start);
                end = run.End;
                Assert.Equal(IsSought(run.Label), run.Region is not null);
                for (var x = run.Start; x < run.End; x++)
                {
                    Assert.Equal(row[x], run.Label);
                    regions[y * width + x] = run.Region;
                    if (run.Region is { } region)
                        (region.Root().Data.All ??= []).Add((x, y));
                }
            }
            Assert.Equal(width, end);
        }
        return regions;
    }

    private static int[] Flood(byte[] map, int width, bool byCorners)
    {
        var found = Enumerable.Repeat(-1, map.Length).ToArray();
        for (var start = 0; start < map.Length; start++)
        {
            if (found[start] >= 0 || !IsSought(map[start]))
                continue;
            var open = new Stack<int>([start]);
            found[start] = start;
            while (open.TryPop(out var at))
                for (var dy = -1; dy <= 1; dy++)
                    for (var dx = -1; dx <= 1; dx++)
                    {
                        int x = at % width + dx, y = at / width + dy, next = y * width + x;
                        if ((!byCorners && dx * dy != 0) || x < 0 || x >= width || y < 0 || next >= map.Length || found[next] >= 0 || map[next] != map[start])
                            continue;
                        found[next] = start;
                        open.Push(next);
                    }
        }
        return found; // by pixel: the first pixel of its region
    }

    [Property(MaxTest = 400)]
    public void Agrees_with_a_flood_fill(int seed, bool byCorners)
    {
        var random = new Random(seed);
        int width = random.Next(1, 24), height = random.Next(1, 24);
        var map = Random(random, width, height);
        var regions = Find(map, width, byCorners, () => random.Next(2) == 0);
        var expected = Flood(map, width, byCorners);
        var roots = new List<ConnectedRegion<Places>>();
        foreach (var pixels in Enumerable.Range(0, map.Length).Where(at => expected[at] >= 0).GroupBy(at => expected[at]))
        {
            var root = Assert.Single(pixels.Select(at => regions[at]!.Root()).Distinct());
            Assert.True(root.IsRoot);
            Assert.Equal((map[pixels.Key], pixels.Count(), pixels.Max() / width), (root.Label, root.Area, root.LastRow));
            Assert.Equal(pixels, root.Data.All!.Select(place => (int)(place.Y * width) + place.X).Order());
            roots.Add(root);
        }
        // Regions of their own, numbered from top to bottom.
        Assert.Equal(roots, roots.Distinct().OrderBy(root => root.Number));
    }

    [Property(MaxTest = 200)]
    public void A_row_repeated_is_a_row_added(int seed, bool byCorners)
    {
        var random = new Random(seed);
        int width = random.Next(1, 12), height = random.Next(1, 12);
        var map = Random(random, width, height).Chunk(width).SelectMany(row => Enumerable.Repeat(row, random.Next(1, 4)).SelectMany(same => same)).ToArray();
        var added = Find(map, width, byCorners, () => false);
        var repeated = Find(map, width, byCorners, () => false, repeat: true);
        Assert.Equal(Facts(added), Facts(repeated));

        static IEnumerable<(long, long, long, int)> Facts(ConnectedRegion<Places>?[] regions) => regions.Select(region =>
            region?.Root() is { } root ? (root.Number, root.Area, root.LastRow, root.Data.All!.Count) : (-1, -1, -1, -1));
    }

    [Property(MaxTest = 200)]
    public void Every_region_ends_once_with_its_last_row(int seed, bool byCorners)
    {
        var random = new Random(seed);
        int width = random.Next(1, 16), height = random.Next(1, 16);
        var map = Random(random, width, height);
        var finder = new RegionFinder<Places>(byCorners, IsSought);
        var ended = new List<(long Row, int Label, long Area)>();
        for (var y = 0; y <= height; y++)
        {
            finder.Add(y < height ? map.AsSpan(y * width, width) : []);
            finder.TakeEnded(region =>
            {
                Assert.True(region.IsRoot);
                Assert.Equal(y - 1, region.LastRow);
                ended.Add((region.LastRow, region.Label, region.Area));
            });
        }
        var expected = Flood(map, width, byCorners).Index().Where(at => at.Item >= 0).GroupBy(at => at.Item, at => at.Index)
            .Select(pixels => ((long)(pixels.Max() / width), (int)map[pixels.Key], (long)pixels.Count()));
        Assert.Equal(expected.Order(), ended.Order());
    }

    [Theory]
    [InlineData(false, "1.", ".1")]
    [InlineData(true, "1.", ".1")]
    [InlineData(false, ".1", "1.")]
    [InlineData(true, ".1", "1.")]
    [InlineData(true, "11.", "..1")]
    [InlineData(true, "1..", "..1", 2)] // two columns apart
    [InlineData(true, "..1", "1..", 2)]
    [InlineData(true, "12", "21", 2)] // two diagonals that cross
    [InlineData(false, "12", "21", 4)]
    public void Corners_connect_where_they_are_to(bool byCorners, string above, string below, int? count = null)
    {
        var map = (above + below).Select(c => c == '.' ? (byte)0 : (byte)(c - '0')).ToArray();
        var roots = Find(map, above.Length, byCorners, () => false).Where(region => region is not null).Select(region => region!.Root()).Distinct();
        Assert.Equal(count ?? (byCorners ? 1 : 2), roots.Count());
    }

    [Fact]
    public void The_first_begun_stands_for_joined_regions_and_the_left_ones_data_come_first()
    {
        // The right leg begins a row before the left one, the middle one last.
        byte[] map =
        [
            0, 0, 0, 0, 1,
            1, 0, 0, 0, 1,
            1, 0, 1, 0, 1,
            1, 1, 1, 1, 1,
        ];
        var regions = Find(map, 5, byCorners: false, () => false);
        var root = Assert.Single(regions.Where(region => region is not null).Select(region => region!.Root()).Distinct());
        Assert.Same(regions[4], root);
        Assert.Equal(0, root.Number);
        Assert.Equal(
            [(0, 1L), (0, 2L), (2, 2L), (4, 0L), (4, 1L), (4, 2L), (0, 3L), (1, 3L), (2, 3L), (3, 3L), (4, 3L)],
            root.Data.All!);
        Assert.Null(regions[5]!.Data.All); // what was joined is let go
        Assert.Equal([1, 2], new[] { regions[5]!.Number, regions[12]!.Number });
    }

    [Fact]
    public void Regions_that_ended_are_not_held()
    {
        var finder = new RegionFinder<Places>(byCorners: true, IsSought);
        var ended = AddFirst(finder);
        finder.Add([0, 0, 0, 0, 1]);
        finder.Add([0, 0, 0, 0, 1]);
        GC.Collect();
        Assert.Equal([false, false, true], ended.Select(region => region.TryGetTarget(out _)));
        GC.KeepAlive(finder);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<ConnectedRegion<Places>>[] AddFirst(RegionFinder<Places> finder)
    {
        finder.Add([1, 0, 2, 0, 1]);
        return [.. finder.Runs.ToArray().Where(run => run.Region is not null).Select(run => new WeakReference<ConnectedRegion<Places>>(run.Region!))];
    }
}
