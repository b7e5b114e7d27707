namespace Histoseg.Training.Findings;

/// <summary>Advice to train longer, where validation was still rising at the end.</summary>
internal static class LongerTraining
{
    /// <summary>The sentence; null where the run goes on or had stopped improving.</summary>
    public static Answer? Of(RunFacts run) => ValidationCourse.Of(run.Validations) is not { IsRising: true } ? null : run.End switch
    {
        RunEnd.Iterations => new(Question.Next, Figures.Text($"Train longer, it was still improving: raise training.iterations, now {run.IterationsSet}.")),
        RunEnd.Minutes => new(Question.Next, Figures.Text($"Train longer, it was still improving: raise training.max_minutes, now {run.MinutesSet:0.##}.")),
        _ => null,
    };
}
