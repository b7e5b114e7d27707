using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>Whether a network does better than calling every pixel the same class.</summary>
internal static class DiceAgainstOneClass
{
    private const double LeastGain = 0.02;

    /// <summary>The sentence; null where fewer than two classes are there to be told apart.</summary>
    /// <remarks>The mean is that of all classes: of the foreground alone, calling all of it so scores well where there is much of it.</remarks>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="confusion">Pixels of the validation slides.</param>
    public static Answer? Of(IReadOnlyList<string> classes, ConfusionMatrix? confusion)
    {
        var there = Enumerable.Range(0, classes.Count).Where(label => confusion?.Score(label).Truth > 0).ToList();
        if (confusion is null || there.Count < 2)
            return null;
        var dice = there.Average(label => confusion.Score(label).Dice);
        // All called so, a class has Dice and the others have none.
        double AllCalled(int label) => 2.0 * confusion.Score(label).Truth / (confusion.Total + confusion.Score(label).Truth) / there.Count;
        var (simple, best) = there.Select(label => (AllCalled(label), label)).Max();
        return new(Question.Learnt, dice >= simple + LeastGain
            ? Figures.Text($"It learnt: the mean Dice of all classes is {dice:0.000} on the validation slides; ")
                + Figures.Text($"calling every pixel '{classes[best]}' would score {simple:0.000}.")
            : Figures.Text($"It has not learnt to tell the classes apart: the mean Dice of all classes is {dice:0.000} on the validation slides, ")
                + Figures.Text($"and calling every pixel '{classes[best]}' would score {simple:0.000}."));
    }
}
