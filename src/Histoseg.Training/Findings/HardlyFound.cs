using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>Which classes are on the validation slides and hardly in the prediction.</summary>
internal static class HardlyFound
{
    private const double LeastRecall = 0.1;

    /// <summary>The sentence; null where each class is found.</summary>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="confusion">Pixels of the validation slides.</param>
    public static Answer? Of(IReadOnlyList<string> classes, ConfusionMatrix? confusion)
    {
        if (confusion is null)
            return null;
        var missed = Enumerable.Range(1, confusion.Classes - 1).Select(confusion.Score).Where(score => score.Truth > 0 && score.Recall < LeastRecall).ToList();
        return missed.Count == 0 ? null : new(Question.Wrong, "Hardly found: "
            + string.Join(", ", missed.Select(score => $"'{classes[score.Class]}' ({Percent.Of(score.Recall)} of its pixels)")) + ".");
    }
}
