using FsCheck.Xunit;
using Histoseg.Segmentation.Evaluation.Froc;

namespace Histoseg.Segmentation.Tests.Evaluation.Froc;

public class LesionMapTests
{
    private const int Side = 2400; // µm, and level-0 pixels unless a test says otherwise

    private static LesionMap Of(Func<double, double, bool> tumour, double mpp = 1, byte label = 1) =>
        LesionMap.Of(new DrawnLabels((int)(Side / mpp), (int)(Side / mpp), (x, y) => tumour(x * mpp, y * mpp) ? label : (byte)0), label, (int)(Side / mpp),
            (int)(Side / mpp), mpp);

    private static bool Disc(double x, double y, double centreX, double centreY, double diameter) =>
        (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY) < diameter * diameter / 4;

    private static bool Square(double x, double y, double left, double top, double side) => x >= left && x < left + side && y >= top && y < top + side;

    [Property(MaxTest = 200)]
    public void Near_is_what_a_search_over_all_pixels_finds_near(int seed)
    {
        var random = new Random(seed);
        int width = random.Next(1, 20), height = random.Next(1, 20), marked = random.Next(1, 30);
        var radius = random.Next(3) switch { 0 => random.Next(1, 6), 1 => 37.5 / 7.776, _ => 0.3 + 6 * random.NextDouble() };
        byte[] map = [.. Enumerable.Range(0, width * height).Select(_ => random.Next(marked) == 0 ? (byte)3 : (byte)random.Next(3))];
        var near = new Dilation(width, height, radius);
        for (var y = 0; y < height; y++)
            near.AddRow(y, map.AsSpan(y * width, width), 3);
        for (var at = 0; at < map.Length; at++)
        {
            var nearest = Enumerable.Range(0, map.Length).Where(other => map[other] == 3)
                .Select(other => Math.Pow(other % width - at % width, 2) + Math.Pow(other / width - at / width, 2))
                    .DefaultIfEmpty(double.PositiveInfinity).Min();
            Assert.Equal(nearest < radius * radius ? 1 : 0, near.Row(at / width)[at % width]);
        }
    }

    [Property(MaxTest = 10)]
    public void The_long_axis_is_that_of_the_covariance(int seed)
    {
        var random = new Random(seed);
        var moments = default(RegionMoments);
        var pixels = new List<(double X, double Y)>();
        for (var i = 0; i < 8; i++)
        {
            int start = random.Next(5000), end = start + random.Next(1, 40), y = random.Next(7000);
            moments = moments.With(start, end, y);
            pixels.AddRange(Enumerable.Range(start, end - start).Select(x => ((double)x, (double)y)));
        }
        double mx = pixels.Average(p => p.X), my = pixels.Average(p => p.Y);
        // The largest variance over all directions.
        var most = Enumerable.Range(0, 2000).Select(i => Math.SinCos(i * Math.PI / 2000))
            .Max(to => pixels.Average(p => Math.Pow((p.X - mx) * to.Cos + (p.Y - my) * to.Sin, 2)));
        Assert.Equal(4 * Math.Sqrt(most), moments.MajorAxis, 4 * Math.Sqrt(most) * 1e-6);
    }

    [Fact]
    public void The_long_axis_of_plain_shapes()
    {
        Assert.Equal(0, default(RegionMoments).With(7, 8, 3).MajorAxis);
        Assert.Equal(4 * Math.Sqrt(2 / 3.0), default(RegionMoments).With(10, 13, 100).MajorAxis, 12); // three in a row: variance 2/3
        Assert.Equal(4 * Math.Sqrt(0.5), default(RegionMoments).With(4, 5, 4).With(5, 6, 5).MajorAxis, 12); // two across a corner
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(100, 2)]
    public void Near_annotations_are_one_lesion(double gap, int lesions)
    {
        var map = Of((x, y) => Square(x, y, 300, 300, 400) || Square(x, y, 700 + gap, 300, 400));
        Assert.Equal(lesions, map.Lesions.Count);
        Assert.Equal(lesions == 1, map.At(500, 500) == map.At((long)(900 + gap), 500));
        Assert.Equal(lesions == 1, map.At((long)(700 + gap / 2), 500) is not null);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(8)]
    public void A_lesion_reaches_up_to_the_seam_at_every_scale(double mpp)
    {
        var map = Of((x, y) => Square(x, y, 800, 800, 800), mpp);
        Assert.Single(map.Lesions);
        long At(double micron) => (long)(micron / mpp);
        // To a pixel of the grid and one of level 0.
        Assert.Equal(0, map.At(At(1200), At(800 - 37.5 + 16)));
        Assert.Null(map.At(At(1200), At(800 - 37.5 - 16)));
        Assert.Equal(0, map.At(At(1600 + 37.5 - 16), At(1200)));
        Assert.Null(map.At(At(1600 + 37.5 + 16), At(1200)));
        // A square of side a has a long axis of a·4/√12.
        Assert.InRange(map.Lesions[0].MajorAxis, 0.98 * 875 * 4 / Math.Sqrt(12), 1.02 * 875 * 4 / Math.Sqrt(12));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(180, true)]
    [InlineData(220, false)]
    public void Cells_up_to_200_µm_across_are_isolated(double diameter, bool isolated)
    {
        var map = Of((x, y) => Disc(x, y, 1000, 1000, diameter));
        Assert.Equal(isolated, Assert.Single(map.Lesions).IsIsolated);
        Assert.InRange(map.Lesions[0].MajorAxis, diameter + 75 - 20, diameter + 75 + 20);
    }

    [Fact]
    public void Holes_belong_to_the_lesion_and_bays_do_not()
    {
        bool Ring(double x, double y) => Disc(x, y, 1200, 1200, 1600) && !Disc(x, y, 1200, 1200, 800);
        Assert.Equal(0, Of(Ring).At(1200, 1200));
        Assert.Null(Of((x, y) => Ring(x, y) && !(x > 1200 && Math.Abs(y - 1200) < 100)).At(1200, 1200));
    }

    [Fact]
    public void Other_classes_are_no_lesions()
    {
        var truth = new DrawnLabels(Side, Side, (x, _) => x < 800 ? (byte)1 : x < 1600 ? (byte)2 : (byte)255);
        var map = LesionMap.Of(truth, 2, Side, Side, 1);
        Assert.Equal(0, map.At(1200, 1200));
        Assert.Null(map.At(400, 1200));
        Assert.Null(map.At(2000, 1200));
        Assert.True(map.IsIgnored(2000, 1200));
        Assert.False(map.IsIgnored(400, 1200));
        Assert.Empty(LesionMap.Of(truth, 3, Side, Side, 1).Lesions);
    }
}
