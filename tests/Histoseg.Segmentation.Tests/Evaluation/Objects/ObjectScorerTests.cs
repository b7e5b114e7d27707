using FsCheck.Xunit;
using Histoseg.Segmentation.Evaluation.Objects;
using static Histoseg.Segmentation.Tests.Evaluation.Objects.DrawnObjects;

namespace Histoseg.Segmentation.Tests.Evaluation.Objects;

public class ObjectScorerTests
{
    private static void Is(ObjectScore score, int tp, int fp, int fn, double dice, double hausdorff)
    {
        Assert.Equal((tp, fp, fn), (score.TruePositives, score.FalsePositives, score.FalseNegatives));
        Assert.Equal(tp == 0 ? 0 : 2.0 * tp / (2 * tp + fp + fn), score.F1, 12);
        Assert.Equal(dice, score.Dice, 12);
        Assert.Equal(hausdorff, score.Hausdorff!.Value, 12);
    }

    [Fact]
    public void What_is_drawn_twice_scores_1_at_no_distance()
    {
        var discs = Draw(60, 30, (x, y) => InDisc(x, y, 14, 14, 10) || InDisc(x, y, 44, 15, 12));
        Is(Score(discs, discs, 60), tp: 2, fp: 0, fn: 0, dice: 1, hausdorff: 0);
    }

    [Fact]
    public void A_shifted_object_is_as_far_as_it_was_shifted()
    {
        // Squares of 10 × 10 shifted by (3, 4): 7 × 6 pixels are shared, and the corner is 5 pixels from the other square's.
        var truth = Draw(30, 30, (x, y) => x is >= 5 and < 15 && y is >= 5 and < 15);
        var prediction = Draw(30, 30, (x, y) => x is >= 8 and < 18 && y is >= 9 and < 19);
        var score = Score(truth, prediction, 30, micronsPerPixel: 0.5);
        Is(score, tp: 0, fp: 1, fn: 1, dice: 0.42, hausdorff: 5);
        Assert.Equal(2.5, score.HausdorffMicrons!.Value, 12);
        Assert.Null(Score(truth, prediction, 30).HausdorffMicrons);
    }

    [Fact]
    public void An_object_predicted_in_two_pieces_is_found_by_the_piece_that_covers_half_of_it()
    {
        // 10 pixels, pieces of 6 and 3. To the larger it is 4 pixels from its right end, from the smaller 7.
        var score = Score(Parse("1111111111"), Parse("111111.111"), 10);
        Is(score, tp: 1, fp: 1, fn: 0, dice: (12 / 16.0 + (6 * 12 / 16.0 + 3 * 6 / 13.0) / 9) / 2, hausdorff: (4 + (6 * 4 + 3 * 7) / 9.0) / 2);
    }

    [Fact]
    public void Objects_predicted_as_one_are_found_where_it_has_most_of_its_pixels()
    {
        // Of 11 predicted pixels 6 and 4 lie on objects; the second is covered too, but the prediction is the first's.
        var score = Score(Parse("111111.1111"), Parse("11111111111"), 11);
        Is(score, tp: 1, fp: 0, fn: 1, dice: ((6 * 12 / 17.0 + 4 * 8 / 15.0) / 10 + 12 / 17.0) / 2, hausdorff: ((6 * 5 + 4 * 7) / 10.0 + 5) / 2);
    }

    [Fact]
    public void Half_of_an_object_finds_it_and_less_does_not()
    {
        Assert.Equal(1, Score(Parse("11111111"), Parse("1111...."), 8).TruePositives);
        Assert.Equal(0, Score(Parse("11111111"), Parse("111....."), 8).TruePositives);
        Is(Score(Parse("1111", "1111"), Parse("11.1", "11.1"), 4), tp: 1, fp: 1, fn: 0, dice: (8 / 12.0 + (4 * 8 / 12.0 + 2 * 4 / 10.0) / 6) / 2,
            hausdorff: (2 + (4 * 2 + 2 * 3) / 6.0) / 2);
    }

    [Fact]
    public void A_small_object_that_is_covered_by_the_prediction_of_a_large_one_is_missed_and_so_is_the_large_one()
    {
        // The prediction shares 4 of 9 pixels with the large one, which it is therefore matched to, and all 3 of the small one.
        var score = Score(Parse("111111111.111"), Parse(".....11111111"), 13);
        Is(score, tp: 0, fp: 1, fn: 2, dice: ((9 * 8 / 17.0 + 3 * 6 / 11.0) / 12 + 8 / 17.0) / 2, hausdorff: ((9 * 5 + 3 * 5) / 12.0 + 5) / 2);
    }

    [Fact]
    public void Objects_that_touch_at_a_corner_are_one_and_of_two_classes_are_two()
    {
        var truth = Parse("11..", "..1.", "..22");
        Is(Score(truth, truth, 4), tp: 1, fp: 0, fn: 0, dice: 1, hausdorff: 0);
        Assert.Equal((1, 3), (Score(truth, truth, 4).Truth.Objects, Score(truth, truth, 4).Truth.Area));
        Assert.Equal((1, 2), (Score(truth, truth, 4, label: 2).Truth.Objects, Score(truth, truth, 4, label: 2).Truth.Area));
        Assert.Equal(0, Score(truth, Parse("22..", "..2.", "..11"), 4).Dice);
    }

    [Fact]
    public void An_object_that_meets_none_is_measured_from_that_which_is_least_far()
    {
        // The wide object is nearer, but ends 8 pixels from it.
        var truth = Parse("......1...........", "..................");
        var prediction = Parse("........1111111...", "1.................");
        var score = Score(truth, prediction, 18);
        var far = Math.Sqrt(36 + 1);
        Is(score, tp: 0, fp: 2, fn: 1, dice: 0, hausdorff: (far + (7 * 8 + far) / 8) / 2);
    }

    [Fact]
    public void Without_objects_on_one_side_there_is_no_distance()
    {
        byte[] some = Parse("11..1"), none = Parse(".....");
        foreach (var score in new[] { Score(some, none, 5), Score(none, some, 5) })
        {
            Assert.Equal((0, 0, 0.0, 0.0), (score.TruePositives, score.Truth.Apart, score.F1, score.Dice));
            Assert.Equal((null, null), (score.Hausdorff, score.HausdorffMicrons));
            Assert.Equal(2, score.WithoutDistance);
        }
        var empty = Score(none, none, 5);
        Assert.Equal((1.0, 1.0, 1.0, 1.0, 0), (empty.F1, empty.Precision, empty.Recall, empty.Dice, empty.WithoutDistance));
        Assert.Null(empty.Hausdorff);
    }

    [Fact]
    public void What_is_ignored_or_could_not_be_read_is_of_no_object()
    {
        // Left of the ignored pixels and right of them are objects of their own, on both sides; so round what could not be read.
        var score = Score(Parse("111??111.111111"), Parse("1111111..111??1"), 15);
        Assert.Equal((4, 10), (score.Truth.Objects, score.Truth.Area));
        Assert.Equal((4, 9), (score.Predicted.Objects, score.Predicted.Area));
        Assert.Equal((4, 0, 0), (score.TruePositives, score.FalsePositives, score.FalseNegatives));
        Assert.Equal(((7 + 3 * 4 / 5.0) / 10 + (7 + 2 * 4 / 5.0) / 9) / 2, score.Dice, 12);
    }

    [Fact]
    public void Objects_at_the_edge_of_the_map_end_there()
    {
        // 6 × 4 pixels in one corner, of which 9 × 4 are predicted, and 5 × 5 in the other.
        var truth = Draw(20, 20, (x, y) => (x < 6 && y < 4) || (x >= 15 && y >= 15));
        var prediction = Draw(20, 20, (x, y) => (x < 9 && y < 4) || (x >= 15 && y >= 15));
        Is(Score(truth, prediction, 20), tp: 2, fp: 0, fn: 0, dice: ((24 * 0.8 + 25) / 49 + (36 * 0.8 + 25) / 61) / 2,
            hausdorff: (24 * 3 / 49.0 + 36 * 3 / 61.0) / 2);
    }

    [Fact]
    public void Slides_together_are_scored_over_all_objects()
    {
        var found = Score(Parse("1111.11"), Parse("1111.11"), 7, micronsPerPixel: 2);
        var missed = Score(Parse("11.1..."), Parse("......."), 7, micronsPerPixel: 2);
        var moved = Score(Parse("1111..."), Parse("..11111"), 7, micronsPerPixel: 1);
        var all = found + missed + moved;
        Assert.Equal((3, 0, 2, 2), (all.TruePositives, all.FalsePositives, all.FalseNegatives, all.WithoutDistance));
        // Annotated 6 + 3 + 4 pixels, predicted 6 + 5; of the missed there is no distance.
        Assert.Equal(((6 + 4 * 4 / 9.0) / 13 + (6 + 5 * 4 / 9.0) / 11) / 2, all.Dice, 12);
        Assert.Equal((4 * 3 / 10.0 + 5 * 3 / 11.0) / 2, all.Hausdorff!.Value, 12);
        Assert.Equal(all.Hausdorff.Value, all.HausdorffMicrons!.Value, 12);
        Assert.Null((all + Score(Parse("1"), Parse("1"), 1)).HausdorffMicrons);
        Assert.Throws<ArgumentException>(() => found + Score(Parse("1"), Parse("1"), 1, label: 2));
    }

    [Property(MaxTest = 400)]
    public void Streaming_agrees_with_the_definition_pixel_by_pixel(int seed)
    {
        var random = new Random(seed);
        int width = random.Next(1, 30), height = random.Next(1, 25), density = random.Next(1, 60);
        byte Noise() => random.Next(100) >= density ? (byte)0 : random.Next(12) switch { 0 => (byte)255, < 8 => (byte)1, _ => (byte)2 };
        byte[] truth = [.. Enumerable.Range(0, width * height).Select(_ => Noise())];
        for (var i = random.Next(4); i > 0; i--) // blocks, so that there are large objects too
        {
            int left = random.Next(width), top = random.Next(height), right = left + random.Next(12), bottom = top + random.Next(12);
            for (var at = 0; at < truth.Length; at++)
                if (at % width >= left && at % width < right && at / width >= top && at / width < bottom)
                    truth[at] = 1;
        }
        var shift = random.Next(3) * (width + 1);
        byte[] prediction = [.. truth.Select((_, at) => random.Next(6) == 0 ? Noise() : truth[(at + shift) % truth.Length])];
        foreach (byte label in new[] { 1, 2 })
        {
            var (f1, dice, hausdorff) = ObjectOracle.Score(truth, prediction, width, label);
            var score = Score(truth, prediction, width, label);
            Assert.Equal((f1, dice), (score.F1, score.Dice), Near);
            Assert.Equal(hausdorff ?? -1, score.Hausdorff ?? -1, 9);
        }
    }

    [Fact]
    public void It_can_be_stopped()
    {
        var scorer = new ObjectScorer(2, null, new CancellationToken(canceled: true));
        scorer.Add([1], [1]);
        Assert.Throws<OperationCanceledException>(scorer.Scores);
    }

    private static bool Near((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-9 && Math.Abs(a.Item2 - b.Item2) < 1e-9;
}
