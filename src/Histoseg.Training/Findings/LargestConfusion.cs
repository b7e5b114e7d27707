using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>Which class is most often taken for which.</summary>
internal static class LargestConfusion
{
    /// <summary>The sentence; null where nothing is wrong.</summary>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="confusion">Pixels of the validation slides.</param>
    public static Answer? Of(IReadOnlyList<string> classes, ConfusionMatrix? confusion)
    {
        if (confusion is null)
            return null;
        var labels = Enumerable.Range(0, confusion.Classes).ToList();
        var wrong = labels.SelectMany(truth => labels.Where(label => label != truth).Select(label => (truth, label, Pixels: confusion[truth, label]))).ToList();
        var all = wrong.Sum(one => one.Pixels);
        if (all == 0)
            return null;
        var (truth, called, pixels) = wrong.MaxBy(one => one.Pixels);
        var share = (double)pixels / confusion.Score(truth).Truth;
        return new(Question.Wrong, $"Most of what is wrong: {Percent.Of(share)} of the pixels of '{classes[truth]}' were called '{classes[called]}', "
            + $"{Percent.Of((double)pixels / all)} of all wrong pixels.");
    }
}
