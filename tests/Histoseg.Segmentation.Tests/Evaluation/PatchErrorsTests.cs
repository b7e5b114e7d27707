using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Segmentation.Tests.Evaluation;

public class PatchErrorsTests
{
    [Fact]
    public void Squares_are_ranked_by_their_wrong_pixels_and_ignored_ones_count_nowhere()
    {
        // Squares of 2 in a map of 5 × 3: the right and lower ones are narrower.
        byte[] truth = [0, 0, 1, 1, 1, 0, 0, 1, 255, 1, 0, 0, 0, 0, 0];
        byte[] found = [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 255, 0, 1];
        var errors = new PatchErrors(5, 2, downsample: 2.5);
        for (var y = 0; y < 3; y++)
            errors.Add(truth.AsSpan(5 * y, 5), found.AsSpan(5 * y, 5));
        Assert.Equal([new(5, 0, 3, 3), new(0, 0, 1, 4), new(10, 0, 1, 2), new(10, 5, 1, 1)], errors.Worst());
        Assert.Equal(0.25, errors.Worst()[1].Share);
    }

    [Fact]
    public void Of_many_squares_the_worst_are_kept_whatever_their_order()
    {
        const int side = 8, across = 20;
        var (random, all) = (new Random(5), new List<int>());
        var errors = new PatchErrors(side * across, side, 1);
        for (var row = 0; row < across; row++)
        {
            var wrong = new int[across];
            for (var y = 0; y < side; y++)
            {
                var found = new byte[side * across];
                for (var x = 0; x < found.Length; x++)
                    if (random.Next(across * across) < row * across + x / side)
                        (found[x], wrong[x / side]) = (1, wrong[x / side] + 1);
                errors.Add(new byte[side * across], found);
            }
            all.AddRange(wrong);
        }
        var worst = errors.Worst();
        Assert.Equal(all.OrderDescending().Take(worst.Count).Select(count => (long)count), worst.Select(patch => patch.Wrong));
        Assert.True(worst.Count >= 20);
    }
}
