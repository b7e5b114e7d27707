namespace Histoseg.Training.Findings;

/// <summary>How far the learning rate had fallen when a run ended.</summary>
internal static class RateAtEnd
{
    // A rate that by plan falls to no less than this is meant to stay.
    private const double MostOfFall = 0.5;

    /// <summary>The sentence; null where the rate is not meant to fall, or neither iterations nor time ended the run.</summary>
    public static Answer? Of(RunFacts run)
    {
        if (!Falls(run) || run.End is not (RunEnd.Iterations or RunEnd.Minutes))
            return null;
        var share = run.Rate.Last / run.Rate.Highest;
        return new(Question.Improving, IsCut(run)
            ? Figures.Text($"The learning rate was still at {Percent.Of(share)} of its highest when training.max_minutes ended the run after ")
                + Figures.Text($"{run.Iterations} of {run.IterationsSet} iterations.")
            : $"The learning rate had fallen to {Percent.Of(share)} of its highest.");
    }

    /// <summary>Whether time ended the run before the rate had fallen as planned.</summary>
    public static bool IsCut(RunFacts run) => Falls(run) && run.End == RunEnd.Minutes && run.Rate.Last > 2 * run.Rate.Planned;

    private static bool Falls(RunFacts run) => run.Rate.Planned < MostOfFall * run.Rate.Highest;
}
