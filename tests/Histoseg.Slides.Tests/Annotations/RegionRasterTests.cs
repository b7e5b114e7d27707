using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Tests.Annotations;

/// <summary>Outlines of millions of points and of edges from top to bottom: work and memory are counted, not timed.</summary>
public class RegionRasterTests
{
    private static AnnotatedRegion Region(IReadOnlyList<SlidePoint> ring, params IReadOnlyList<SlidePoint>[] holes) => new("a", "a", ring, holes);

    // Teeth from top to bottom, two pixels wide and two apart, hanging from a beam of a pixel.
    private static List<SlidePoint> Comb(int teeth, double height)
    {
        var ring = new List<SlidePoint>((teeth * 4) + 2);
        for (var i = 0; i < teeth; i++)
            ring.AddRange([new(i * 4, 1), new(i * 4, height), new((i * 4) + 2, height), new((i * 4) + 2, 1)]);
        ring.AddRange([new((teeth * 4) - 2, 0), new(0, 0)]);
        return ring;
    }

    // A wheel whose rim goes in and out.
    private static List<SlidePoint> Wheel(int points, double radius) => [.. Enumerable.Range(0, points).Select(i =>
    {
        var (sin, cos) = Math.SinCos(i * Math.Tau / points);
        return new SlidePoint(radius + ((radius - (i % 2)) * cos), radius + ((radius - (i % 2)) * sin));
    })];

    [Fact]
    public void Edges_from_top_to_bottom_take_memory_and_work_in_proportion()
    {
        const int teeth = 50_000, height = 100_000, size = 512;
        var ring = Comb(teeth, height);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var raster = new RegionRaster(Region(ring));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, ring.Count * 200L);
        var labels = new byte[size * size];
        foreach (var (x, y) in new[] { (0, 50_000), (100_000, 50_000), (199_000, 99_000) })
        {
            Array.Clear(labels);
            before = GC.GetAllocatedBytesForCurrentThread();
            var work = raster.Fill(x, y, size, size, 1, 1, labels);
            // Every edge is looked at; rows are walked along those inside the rectangle alone.
            Assert.InRange(work, 2 * teeth, (2 * teeth) + (size / 4 * 2 * size) + 20_000);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            for (var i = 0; i < labels.Length; i++)
                Assert.Equal((x + (i % size)) % 4 < 2 ? 1 : 0, labels[i]);
        }
    }

    [Fact]
    public void Of_a_million_points_a_rectangle_looks_at_those_beside_it()
    {
        const int points = 1_000_000, size = 512;
        const double radius = 50_000;
        var ring = Wheel(points, radius);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var raster = new RegionRaster(Region(ring));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, points * 200L);
        var labels = new byte[size * size];
        // Inside, on the rim, and beside it.
        foreach (var (x, y, expected) in new[] { (50_000, 50_000, 1.0), (-256, 49_744, 0.5), (-512, 50_000, 0.0) })
        {
            Array.Clear(labels);
            Assert.InRange(raster.Fill(x, y, size, size, 1, 1, labels), 0, 60_000);
            Assert.Equal(expected, labels.Count(label => label == 1) / (double)labels.Length, 0.01);
        }
    }

    [Fact]
    public void Every_kind_of_edge_and_hole_is_painted_as_a_ray_through_the_pixel_tells()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            List<SlidePoint> Ring(double middle, double spread) => [.. Enumerable.Range(0, random.Next(3, 90)).Select(_ => new SlidePoint(
                middle + (spread * (random.NextDouble() - 0.5)), middle + (random.Next(3) == 0 ? 7.5 : spread * (random.NextDouble() - 0.5))))];
            var region = Region(Ring(60, 140), Ring(60, 60), Ring(90, 20), Ring(40, 200));
            var raster = new RegionRaster(region);
            var downsample = new[] { 0.5, 1, 2.0005 }[round % 3];
            var (x, y, width, height) = (random.Next(-80, 80), random.Next(-80, 80), random.Next(1, 150), random.Next(1, 150));
            var labels = new byte[width * height];
            raster.Fill(x, y, width, height, downsample, 1, labels);
            for (var i = 0; i < labels.Length; i++)
            {
                var (px, py) = ((x + (i % width) + 0.5) * downsample, (y + (i / width) + 0.5) * downsample);
                var expected = Inside(region.Ring, px, py) && !region.Holes.Any(hole => Inside(hole, px, py));
                if (expected != (labels[i] == 1))
                    Assert.Fail($"round {round}, pixel {i}");
            }
        }
    }

    [Fact]
    public void A_nearly_level_edge_throws_no_pixel_off()
    {
        const double y = 1000.5;
        var raster = new RegionRaster(Region([new(10, 900), new(90, 900), new(90, y), new(20, y + 1e-12), new(10, y)]));
        var labels = new byte[200 * 200];
        raster.Fill(0, 850, 200, 200, 1, 1, labels);
        for (var row = 50; row < 150; row++)
            Assert.Equal(80, labels.AsSpan(row * 200, 200).Count((byte)1));
        Assert.Equal(0, labels.AsSpan(151 * 200).Count((byte)1));
    }

    private static bool Inside(IReadOnlyList<SlidePoint> ring, double x, double y)
    {
        var inside = false;
        for (int i = 0, j = ring.Count - 1; i < ring.Count; j = i++)
            if (ring[i].Y > y != ring[j].Y > y && x > ((ring[j].X - ring[i].X) * (y - ring[i].Y) / (ring[j].Y - ring[i].Y)) + ring[i].X)
                inside = !inside;
        return inside;
    }
}
