namespace Histoseg.Training.Findings;

/// <summary>Overfitting: training went on getting better where validation got worse.</summary>
internal static class LearntByHeart
{
    private const double LeastDrop = 0.02, MostOfLoss = 0.8;

    /// <summary>The sentence; null where it is not so, or the run was too short to tell.</summary>
    public static Answer? Of(IReadOnlyList<(int Iteration, double Loss)> losses, IReadOnlyList<(int Iteration, double Dice)> validations)
    {
        if (ValidationCourse.Of(validations) is not { BestIsLate: false, Best: var best } || LossCourse.Ends(losses) is not var (_, last))
            return null;
        var until = losses.Where(one => one.Iteration <= best.Iteration).TakeLast(Math.Max(1, losses.Count / 10)).ToList();
        var dice = validations.TakeLast(2).Average(one => one.Dice);
        if (until.Count == 0 || best.Dice - dice < LeastDrop || last > MostOfLoss * until.Average(one => one.Loss))
            return null;
        return new(Question.Next, Figures.Text($"It learnt the training slides by heart: since iteration {best.Iteration} the loss fell from ")
            + Figures.Text($"{until.Average(one => one.Loss):0.000} to {last:0.000} while the validation Dice fell from {best.Dice:0.000} to {dice:0.000}. ")
            + "Train on more patients, or vary the patches more (augmentation.stain_jitter, scale_min, scale_max).");
    }
}
