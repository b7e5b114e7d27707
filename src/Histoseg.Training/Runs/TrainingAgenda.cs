using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>What is to be done after an update.</summary>
/// <param name="Log">A line goes into <c>metrics.csv</c>.</param>
/// <param name="Validate">The network is scored on the validation slides.</param>
/// <param name="Save">A checkpoint is written.</param>
/// <param name="Last">No further update is to be made.</param>
internal readonly record struct Due(bool Log, bool Validate, bool Save, bool Last)
{
    /// <summary>Whether the losses of the updates so far must be looked at.</summary>
    public bool Collect => Log || Save;
}

/// <summary>When a run logs, validates, saves and ends: pure functions of its settings and how far it is.</summary>
/// <param name="settings">How often and how long.</param>
/// <param name="hasValidation">Whether there are slides to validate on.</param>
internal sealed class TrainingAgenda(TrainingConfig settings, bool hasValidation)
{
    /// <summary>What is due after an update.</summary>
    /// <param name="state">How far the run is, the update included.</param>
    public Due After(TrainingProgressState state)
    {
        var last = AllIterationsDone(state) || TimeIsUp(state);
        var validate = hasValidation && (last || settings.ValidateEvery > 0 && state.Iteration % settings.ValidateEvery == 0);
        return new(
            Log: validate || last || state.Iteration % settings.LogEvery == 0,
            Validate: validate,
            Save: validate || last || state.Iteration % settings.CheckpointEvery == 0,
            Last: last);
    }

    /// <summary>Whether the run is over once what was due is done.</summary>
    /// <remarks>Time that ran out since the update ends the run only if these weights were validated; else the next update is the last.</remarks>
    /// <param name="done">What was due and is done.</param>
    /// <param name="state">How far the run is after it.</param>
    public bool IsOver(Due done, TrainingProgressState state) => done.Last || done.Validate && (OutOfPatience(state) || TimeIsUp(state));

    /// <summary>Whether a run gone on with has nothing left to do.</summary>
    /// <remarks>The settings may have other limits than when it was stopped; a time limit ends a run only after an update.</remarks>
    public bool WasOver(TrainingProgressState state) =>
        state.DueRow is null && (AllIterationsDone(state) || OutOfPatience(state) || state.Finished && TimeIsUp(state));

    /// <summary>Whether validation has not improved for as long as is waited.</summary>
    public bool OutOfPatience(TrainingProgressState state) => settings.Patience > 0 && state.WithoutImprovement >= settings.Patience;

    private bool AllIterationsDone(TrainingProgressState state) => state.Iteration >= settings.Iterations;

    private bool TimeIsUp(TrainingProgressState state) => settings.MaxMinutes is { } minutes && state.Seconds >= 60 * minutes;
}
