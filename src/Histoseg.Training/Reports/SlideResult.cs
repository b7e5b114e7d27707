using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Reports;

/// <summary>How well one slide was segmented.</summary>
/// <param name="Slide">Its name.</param>
/// <param name="Split">Which part of the data it is of: <c>val</c>, <c>test</c>.</param>
/// <param name="Dice">Dice per class, background first; 0…1.</param>
/// <param name="Iou">Intersection over union per class, background first; 0…1.</param>
internal sealed record SlideResult(string Slide, string Split, IReadOnlyList<double> Dice, IReadOnlyList<double> Iou)
{
    /// <summary>The scores of every class of a confusion matrix.</summary>
    public static SlideResult Of(string name, string split, ConfusionMatrix confusion)
    {
        var scores = Enumerable.Range(0, confusion.Classes).Select(confusion.Score).ToList();
        return new(name, split, [.. scores.Select(score => score.Dice)], [.. scores.Select(score => score.Iou)]);
    }
}
