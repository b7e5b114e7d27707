using Histoseg.Training.Reports;

namespace Histoseg.Training.Runs;

/// <summary>
/// How far a run is: with the parameters and momenta all that is needed to go on, since every random choice is a function of seed and iteration.
/// </summary>
public sealed record TrainingProgressState
{
    /// <summary>Updates made.</summary>
    public int Iteration { get; init; }

    /// <summary>Seconds spent training, over all starts.</summary>
    public double Seconds { get; init; }

    /// <summary>Best mean foreground Dice of a validation, or null before the first.</summary>
    public double? BestDice { get; init; }

    /// <summary>Iteration of the best validation.</summary>
    public int BestIteration { get; init; }

    /// <summary>Validations since the best.</summary>
    public int WithoutImprovement { get; init; }

    /// <summary>Patches trained on so far that show foreground.</summary>
    public long Positives { get; init; }

    /// <summary>Patches so far that could not be read.</summary>
    public long Unreadable { get; init; }

    /// <summary>Processes that make an update together, each on a batch of its own.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>The line of <c>metrics.csv</c> whose validation the run was stopped in and that is still to be made; else null.</summary>
    public MetricsRow? DueRow { get; init; }

    /// <summary>Sums of the updates that are in no line of <c>metrics.csv</c> yet; null: none.</summary>
    public MetricsSums? Window { get; init; }

    /// <summary>Whether the run has ended: all iterations done, time used up, or no improvement any more.</summary>
    public bool Finished { get; init; }
}
