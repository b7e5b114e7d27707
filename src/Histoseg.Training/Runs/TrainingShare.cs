using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>How much of a run is done.</summary>
internal static class TrainingShare
{
    /// <summary>By iterations or by the time limit, whichever is nearer its end; 0…1.</summary>
    public static double Of(TrainingConfig settings, TrainingProgressState state) => Math.Min(1, Math.Max((double)state.Iteration / settings.Iterations,
        settings.MaxMinutes is { } minutes ? state.Seconds / (60 * minutes) : 0));
}
