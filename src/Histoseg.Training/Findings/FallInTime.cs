namespace Histoseg.Training.Findings;

/// <summary>Advice to let the learning rate fall within the time there is.</summary>
internal static class FallInTime
{
    /// <summary>The sentence; null where the rate fell as planned.</summary>
    public static Answer? Of(RunFacts run) => !RateAtEnd.IsCut(run) ? null
        : new(Question.Next, Figures.Text($"If training.max_minutes is to stay {run.MinutesSet:0.##}, set training.iterations to about ")
            + Figures.Text($"{Rounded(run.Iterations)}, as many as fitted into it: the learning rate then falls to its end."));

    // Two digits say how precise it is.
    private static int Rounded(int iterations)
    {
        var unit = 1;
        while (iterations / unit >= 100)
            unit *= 10;
        return iterations / unit * unit;
    }
}
