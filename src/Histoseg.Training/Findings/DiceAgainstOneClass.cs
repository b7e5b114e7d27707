using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>Whether a network does better than calling every pixel the same class.</summary>
internal static class DiceAgainstOneClass
{
    private const double LeastGain = 0.02;

    /// <summary>The sentence; null where nothing was scored.</summary>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="confusion">Pixels of the validation slides.</param>
    public static Answer? Of(IReadOnlyList<string> classes, ConfusionMatrix? confusion)
    {
        if (confusion?.MeanPresentDice is not { } dice)
            return null;
        var (label, simple) = Enumerable.Range(0, classes.Count).Select(label => (Label: label, Dice: AllCalled(label, confusion).MeanPresentDice ?? 0))
            .MaxBy(one => one.Dice);
        var what = classes.Count == 2 ? $"the Dice of '{classes[1]}'" : "the mean Dice of the classes but background";
        return new(Question.Learnt, dice >= simple + LeastGain
            ? Figures.Text($"It learnt: {what} is {dice:0.000} on the validation slides; calling every pixel '{classes[label]}' would score {simple:0.000}.")
            : Figures.Text($"It has not learnt to tell the classes apart: {what} is {dice:0.000} on the validation slides, and calling every pixel ")
                + Figures.Text($"'{classes[label]}' would score {simple:0.000}."));
    }

    private static ConfusionMatrix AllCalled(int called, ConfusionMatrix confusion)
    {
        var labels = Enumerable.Range(0, confusion.Classes).ToList();
        return new([.. labels.Select(truth => (long[])[.. labels.Select(label => label == called ? confusion.Score(truth).Truth : 0)])],
            new long[confusion.Classes]);
    }
}
