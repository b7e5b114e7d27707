using FsCheck.Xunit;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Tests.Evaluation;

public class SlideEvaluatorTests
{
    /// <summary>A truth given as a picture.</summary>
    private sealed class Picture(byte[] labels, int width) : ILabelSource
    {
        public void Paint(int x, int y, int w, int h, double downsample, Span<byte> output)
        {
            Assert.Equal(2.5, downsample);
            for (var j = 0; j < h; j++)
                labels.AsSpan((y + j) * width + x, w).CopyTo(output[(j * w)..]);
        }
    }

    private static byte[] Parse(params string[] rows) =>
        [.. string.Concat(rows).Select(c => c switch { '.' => (byte)0, '?' => (byte)255, _ => (byte)(c - '0') })];

    private static SlideScores Score(byte[] truth, byte[] prediction, int width, long limit = 6, int rowsPerWrite = 1)
    {
        using var evaluator = new SlideEvaluator(new Picture(truth, width), width, truth.Length / width, 2.5, 3, limit);
        for (var at = 0; at < prediction.Length; at += width * rowsPerWrite)
            evaluator.Write(prediction.AsSpan(at, Math.Min(width * rowsPerWrite, prediction.Length - at)));
        Assert.Null(evaluator.Scores);
        evaluator.Complete();
        return evaluator.Scores!;
    }

    private static RegionScore Region(SlideScores scores, int label, RegionSize size) =>
        scores.Regions.Single(region => region.Class == label && region.Size == size);

    [Fact]
    public void Regions_are_scored_by_size()
    {
        var truth = Parse(
            "11......1.",
            "11.......1", // touches its neighbour at a corner: one region of 2
            "11........",
            "11...22...");
        var prediction = Parse(
            "11......11",
            "11........",
            "........1.", // touches no region: counts in no size
            ".....2....");
        var scores = Score(truth, prediction, 10);
        Assert.Equal(new RegionScore(1, RegionSize.XL, 1, 1, 8, 4, 4), Region(scores, 1, RegionSize.XL));
        Assert.Equal(new RegionScore(1, RegionSize.XS, 1, 1, 2, 2, 1), Region(scores, 1, RegionSize.XS));
        Assert.Equal(new RegionScore(2, RegionSize.XS, 1, 1, 2, 1, 1), Region(scores, 2, RegionSize.XS));
        Assert.Null(Region(scores, 2, RegionSize.XL).Dice);
        Assert.Equal(2.0 * 4 / 12, Region(scores, 1, RegionSize.XL).Dice!.Value, 12);
        Assert.Equal(0.5, Region(scores, 1, RegionSize.XL).Recall);
    }

    [Fact]
    public void Prediction_over_both_sizes_is_charged_to_each_without_the_other()
    {
        var truth = Parse("1111111..11..");
        var prediction = Parse("1111111111111");
        var scores = Score(truth, prediction, 13);
        Assert.Equal(new RegionScore(1, RegionSize.XL, 1, 1, 7, 11, 7), Region(scores, 1, RegionSize.XL));
        Assert.Equal(new RegionScore(1, RegionSize.XS, 1, 1, 2, 6, 2), Region(scores, 1, RegionSize.XS));
    }

    [Fact]
    public void Regions_that_join_further_down_are_one()
    {
        var truth = Parse("1.1.1", "1.1.1", "11111");
        Assert.Equal(1, Region(Score(truth, truth, 5), 1, RegionSize.XL).Regions);
        var spiral = Parse("11111", "1...1", "1.1.1", "1.111", "1....");
        Assert.Equal(new RegionScore(1, RegionSize.XL, 1, 1, 15, 15, 15), Region(Score(spiral, spiral, 5), 1, RegionSize.XL));
    }

    [Fact]
    public void Ignored_and_missing_pixels_leave_the_scores()
    {
        var truth = Parse("1111??..");
        var prediction = Parse("1?111111");
        var scores = Score(truth, prediction, 8, limit: 3);
        Assert.Equal((5, 1), (scores.Confusion.Total, scores.Confusion.Missing));
        // The region has 4 pixels, 3 of them predicted; of the prediction, the two beyond the ignored ones are a region of their own.
        Assert.Equal(new RegionScore(1, RegionSize.XL, 1, 1, 3, 3, 3), Region(scores, 1, RegionSize.XL));
    }

    /// <summary>The same by flood fill over the whole picture.</summary>
    private static List<(int Label, List<int> Pixels)> Flood(byte[] labels, int width)
    {
        var regions = new List<(int, List<int>)>();
        var seen = new bool[labels.Length];
        for (var start = 0; start < labels.Length; start++)
        {
            if (seen[start] || labels[start] is 0 or 255)
                continue;
            var pixels = new List<int>();
            var open = new Stack<int>([start]);
            seen[start] = true;
            while (open.TryPop(out var at))
            {
                pixels.Add(at);
                for (var dy = -1; dy <= 1; dy++)
                    for (var dx = -1; dx <= 1; dx++)
                    {
                        int x = at % width + dx, y = at / width + dy, next = y * width + x;
                        if (x >= 0 && x < width && y >= 0 && next < labels.Length && !seen[next] && labels[next] == labels[start])
                        {
                            seen[next] = true;
                            open.Push(next);
                        }
                    }
            }
            regions.Add((labels[start], pixels));
        }
        return regions;
    }

    [Property(MaxTest = 300)]
    public void Streaming_agrees_with_a_flood_fill(int seed, byte share)
    {
        var random = new Random(seed);
        const int width = 23, height = 17;
        byte Draw() => random.Next(256) < share ? (byte)0 : random.Next(12) switch { 0 => (byte)255, < 8 => (byte)1, _ => (byte)2 };
        byte[] truth = [.. Enumerable.Range(0, width * height).Select(_ => Draw())];
        byte[] prediction = [.. truth.Select(label => random.Next(3) == 0 ? Draw() : label == 255 ? (byte)1 : label)];
        var scores = Score(truth, prediction, width, limit: 5, rowsPerWrite: random.Next(1, 5));

        byte[] masked = [.. prediction.Zip(truth, (p, t) => t == 255 ? (byte)255 : p)];
        var truths = Flood(truth, width);
        var predicted = Flood(masked, width);
        foreach (var score in scores.Regions)
        {
            bool OfSize((int Label, List<int> Pixels) region) => region.Label == score.Class && (region.Pixels.Count < 5) == (score.Size == RegionSize.XS);
            var here = truths.Where(OfSize).SelectMany(region => region.Pixels).ToHashSet();
            var other = truths.Where(region => region.Label == score.Class && !OfSize(region)).SelectMany(region => region.Pixels).ToHashSet();
            var touching = predicted.Where(region => region.Label == score.Class && region.Pixels.Any(here.Contains))
                .SelectMany(region => region.Pixels).ToHashSet();
            Assert.Equal(truths.Count(OfSize), score.Regions);
            Assert.Equal(truths.Count(region => OfSize(region) && region.Pixels.Any(p => masked[p] == score.Class)), score.Found);
            Assert.Equal(here.Count(p => prediction[p] != 255), score.Truth);
            Assert.Equal(touching.Count(p => !other.Contains(p)), score.Predicted);
            Assert.Equal(here.Count(p => masked[p] == score.Class), score.Intersection);
        }
    }

    [Fact]
    public void Rows_must_fit()
    {
        using var evaluator = new SlideEvaluator(new Picture(new byte[20], 5), 5, 4, 2.5, 3);
        Assert.Throws<ArgumentException>(() => evaluator.Write(new byte[7]));
        Assert.Throws<ArgumentException>(() => evaluator.Write(new byte[25]));
        evaluator.Write(new byte[15]);
        Assert.Throws<InvalidOperationException>(evaluator.Complete);
    }
}
