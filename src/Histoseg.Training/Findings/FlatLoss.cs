namespace Histoseg.Training.Findings;

/// <summary>What to do where the loss does not fall.</summary>
internal static class FlatLoss
{
    /// <summary>The sentence; null where the loss fell or there are too few.</summary>
    public static Answer? Of(IReadOnlyList<(int Iteration, double Loss)> losses) =>
        LossCourse.Ends(losses) is not var (first, last) || LossCourse.HasFallen(first, last) ? null
        : new(Question.Next, "Look below whether truth and tissue fit in what the network saw; if they do, try another optimiser.learning_rate, ten times "
            + "lower or higher.");
}
