namespace Histoseg.Training.Findings;

/// <summary>A slide or patient that is far worse than the others.</summary>
internal static class FarBelow
{
    private const int Fewest = 3;
    private const double LeastGap = 0.1;

    /// <summary>The sentence; null where none is, or there are fewer than three.</summary>
    /// <param name="what"><c>slide</c> or <c>patient</c>.</param>
    /// <param name="scored">Their mean Dice; those that have none are passed over.</param>
    public static Answer? Of(string what, IReadOnlyList<(string Name, double? Dice)> scored)
    {
        var inOrder = scored.Where(one => one.Dice is not null).Select(one => (one.Name, Dice: one.Dice!.Value)).OrderBy(one => one.Dice).ToList();
        if (inOrder.Count < Fewest)
            return null;
        var median = (inOrder[(inOrder.Count - 1) / 2].Dice + inOrder[inOrder.Count / 2].Dice) / 2;
        var (name, dice) = inOrder[0];
        return median - dice < LeastGap ? null
            : new(Question.Wrong, Figures.Text($"The worst {what} is {name} with a Dice of {dice:0.000}; ")
                + Figures.Text($"the median of {Figures.All(inOrder.Count, what)} is {median:0.000}."));
    }
}
