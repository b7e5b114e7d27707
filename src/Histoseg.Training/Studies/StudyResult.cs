namespace Histoseg.Training.Studies;

/// <summary>What came of a study.</summary>
/// <param name="Files">The tables or pictures written.</param>
/// <param name="Runs">Runs asked for.</param>
/// <param name="Failures">Runs that failed, each in a line.</param>
internal sealed record StudyResult(IReadOnlyList<string> Files, int Runs, IReadOnlyList<string> Failures)
{
    /// <summary>Complete: all runs are done. Partial: some failed. Failed: all did.</summary>
    public WorkOutcome Outcome => Failures.Count == 0 ? WorkOutcome.Complete : Failures.Count < Runs ? WorkOutcome.Partial : WorkOutcome.Failed;
}
