namespace Histoseg.Training.Findings;

/// <summary>Where the loss began and ended.</summary>
internal static class LossCourse
{
    private const int LeastPoints = 10;

    // Of small batches the loss is noisy: a fall of less than this is none.
    private const double LeastFall = 0.02;

    /// <summary>The sentence; null where there are too few losses.</summary>
    public static Answer? Of(IReadOnlyList<(int Iteration, double Loss)> losses) =>
        Ends(losses) is not var (first, last) ? null
        : new(Question.Learnt, HasFallen(first, last)
            ? Figures.Text($"The loss fell from {first:0.000} to {last:0.000} (means of the first and the last tenth of the run).")
            : Figures.Text($"The loss did not fall: {first:0.000} in the first tenth of the run, {last:0.000} in the last."));

    /// <summary>Whether that is a fall.</summary>
    public static bool HasFallen(double first, double last) => last < first * (1 - LeastFall);

    /// <summary>Means of the first and the last tenth; null where there are too few losses.</summary>
    public static (double First, double Last)? Ends(IReadOnlyList<(int Iteration, double Loss)> losses)
    {
        var tenth = losses.Count / LeastPoints;
        return tenth == 0 ? null : (losses.Take(tenth).Average(one => one.Loss), losses.TakeLast(tenth).Average(one => one.Loss));
    }
}
