using FsCheck.Xunit;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Evaluation;

public class ConfusionMatrixTests
{
    private static ConfusionMatrix Of(byte[] truth, byte[] prediction, int classes = 3)
    {
        var matrix = new ConfusionMatrix(classes);
        matrix.Add(truth, prediction);
        return matrix;
    }

    /// <summary>Random labels 0, 1, 2 and 255.</summary>
    private static byte[] Labels(byte[] random, int length) =>
        [.. Enumerable.Range(0, length)
            .Select(i => random.Length == 0 ? (byte)0 : (random[i % random.Length] + i / random.Length) % 4 is var l and < 3 ? (byte)l : (byte)255)];

    [Fact]
    public void Counts_by_hand()
    {
        var matrix = Of([0, 0, 1, 1, 1, 2, 255, 1], [0, 1, 1, 1, 2, 2, 1, 255]);
        Assert.Equal(6, matrix.Total);
        Assert.Equal(1, matrix.Missing);
        Assert.Equal(1, matrix[1, 2]);
        Assert.Equal(new ClassScore(1, 3, 3, 2, 1), matrix.Score(1));
        Assert.Equal(2 * 2 / 6.0, matrix.Score(1).Dice, 12);
        Assert.Equal(2 / 4.0, matrix.Score(1).Iou, 12);
        Assert.Equal(2 / 3.0, matrix.Score(1).Precision, 12);
        Assert.Equal(2 / 3.0, matrix.Score(1).Recall, 12);
        Assert.Equal(4 / 6.0, matrix.PixelAccuracy, 12);
        Assert.Equal((2 / 3.0 + 2 / 3.0) / 2, matrix.MeanForegroundDice, 12);
    }

    [Fact]
    public void Absent_class_that_is_not_predicted_is_found() => Assert.Equal(1, Of([0, 1], [0, 1]).Score(2).Dice);

    [Fact]
    public void Absent_class_that_is_predicted_is_not_found() => Assert.Equal(0, Of([0, 0], [0, 2]).Score(2).Dice);

    [Theory]
    [InlineData(3, 0, "truth")]
    [InlineData(0, 3, "prediction")]
    public void Unknown_labels_are_errors(byte truth, byte prediction, string which) =>
        Assert.Contains(which, Assert.Throws<SlideError>(() => Of([truth], [prediction])).Message);

    [Property]
    public bool Dice_and_IoU_are_symmetric_and_from_0_to_1(byte[] a, byte[] b)
    {
        byte[] x = Labels(a, 60), y = Labels(b, 60);
        // 255 means another thing on either side; only without it are the sides alike.
        var both = x.Zip(y).Where(pair => pair.First != 255 && pair.Second != 255).ToArray();
        var forth = Of([.. both.Select(p => p.First)], [.. both.Select(p => p.Second)]);
        var back = Of([.. both.Select(p => p.Second)], [.. both.Select(p => p.First)]);
        return Enumerable.Range(0, 3).All(c => forth.Score(c).Dice == back.Score(c).Dice && forth.Score(c).Iou == back.Score(c).Iou
            && forth.Score(c).Dice is >= 0 and <= 1 && forth.Score(c).Iou <= forth.Score(c).Dice);
    }

    [Property]
    public bool Perfect_prediction_scores_1(byte[] a)
    {
        var matrix = Of(Labels(a, 50), Labels(a, 50));
        return matrix.PixelAccuracy == 1 && matrix.MeanForegroundDice == 1 && matrix.Missing == 0;
    }

    [Property]
    public bool Pooled_scores_come_from_summed_counts(byte[] a, byte[] b, byte[] c, byte[] d)
    {
        byte[] t1 = Labels(a, 40), p1 = Labels(b, 40), t2 = Labels(c, 70), p2 = Labels(d, 70);
        var pooled = Of(t1, p1);
        pooled.Add(Of(t2, p2));
        var whole = Of([.. t1, .. t2], [.. p1, .. p2]);
        return Enumerable.Range(0, 3).All(k => pooled.Score(k) == whole.Score(k)) && pooled.Missing == whole.Missing
            && pooled.PixelAccuracy == whole.PixelAccuracy;
    }

    [Property]
    public bool Every_pixel_is_scored_missing_or_ignored(byte[] a, byte[] b)
    {
        byte[] truth = Labels(a, 60), prediction = Labels(b, 60);
        var matrix = Of(truth, prediction);
        return matrix.Total + matrix.Missing == truth.Count(label => label != 255)
            && matrix.Missing == truth.Zip(prediction).Count(pair => pair.First != 255 && pair.Second == 255);
    }
}
