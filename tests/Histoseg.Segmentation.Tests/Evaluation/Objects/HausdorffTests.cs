using FsCheck.Xunit;
using Histoseg.Segmentation.Evaluation.Objects;

namespace Histoseg.Segmentation.Tests.Evaluation.Objects;

public class HausdorffTests
{
    private static PixelSet Set(IEnumerable<(int X, int Y)> pixels) => new(pixels.Distinct().Select(at => new PixelBox(at.X, at.Y, at.X, at.Y)));

    private static PixelSet Rows(int top, int bottom, Func<int, (int Left, int Right)> row) =>
        new(Enumerable.Range(top, bottom - top).Select(y => new PixelBox(row(y).Left, y, row(y).Right, y)));

    [Fact]
    public void The_middle_of_a_filled_square_is_furthest_from_a_frame()
    {
        // The frame is 3 pixels wide; the middle is 50 − 2 from its inner edge. By the outlines alone it would be 2.
        var filled = Rows(0, 101, _ => (0, 100));
        PixelSet frame = new(Enumerable.Range(0, 101).SelectMany(y =>
            y is < 3 or > 97 ? (PixelBox[])[new(0, y, 100, y)] : [new(0, y, 2, y), new(98, y, 100, y)]));
        Assert.Equal(48 * 48, Hausdorff.Square(filled, frame));
        Assert.Equal(48 * 48, Hausdorff.Square(frame, filled));
    }

    [Fact]
    public void Large_sets_far_apart_overflow_nothing()
    {
        PixelSet left = new([new(0, 0, 9, 0)]), right = new([new(199_999, 150_000, 199_999, 150_000)]);
        Assert.Equal(199_999L * 199_999 + 150_000L * 150_000, Hausdorff.Square(left, right));
        Assert.Equal(199_999L * 199_999, left.Box.LeastHausdorff(right.Box));
    }

    [Property(MaxTest = 300)]
    public void It_is_that_of_all_pairs_of_pixels(int seed)
    {
        var random = new Random(seed);
        (int X, int Y)[] Draw()
        {
            int left = random.Next(40), top = random.Next(40), width = random.Next(1, 30), height = random.Next(1, 30);
            return [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => (left + random.Next(width), top + random.Next(height)))];
        }
        var (a, b) = (Draw(), Draw());
        var expected = ObjectOracle.Hausdorff(a, b);
        var (setA, setB) = (Set(a), Set(b));
        var square = Hausdorff.Square(setA, setB);
        Assert.Equal(expected, Math.Sqrt(square), 9);
        Assert.Equal(square, Hausdorff.Square(setB, setA));
        Assert.True(setA.Box.LeastHausdorff(setB.Box) <= square);
        Assert.Equal(square, Hausdorff.Square(setA, setB, square + 1));
        Assert.True(Hausdorff.Square(setA, setB, square / 2) >= square / 2);
    }

    [Property(MaxTest = 100)]
    public void The_least_far_of_many_is_that_of_all_looked_at(int seed)
    {
        var random = new Random(seed);
        PixelSet Draw()
        {
            int left = random.Next(300), top = random.Next(300), width = random.Next(1, 40);
            return Rows(top, top + random.Next(1, 40), y => (left + y % 3, left + y % 3 + width));
        }
        var others = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Draw()).ToList();
        var search = new LeastDistance(others);
        for (var i = 0; i < 5; i++)
        {
            var set = Draw();
            Assert.Equal(others.Min(other => Hausdorff.Square(set, other)), search.SquareFrom(set));
        }
    }
}
