using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;
using static Histoseg.Foundation.Figures;

namespace Histoseg.Training.Runs;

/// <summary>Keeps the report of a run up to date while it trains. It reads of the run and changes nothing in it.</summary>
internal sealed class LiveReport
{
    // So seldom that it takes less than a hundredth of the time, however long a report takes.
    private const int CostDivisor = 100;
    private const int RenewEvery = 30;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(10);

    private readonly RunFolder _run;
    private readonly TrainingConfig _settings;
    private readonly RunReport _report;
    private readonly TimeProvider _clock;
    private readonly Lazy<IReadOnlyList<SeenPatch>> _seen;
    private IReadOnlyList<SlideScores> _scores = [];
    private string _scoresNote = "";
    private long _written;
    private TimeSpan _pause;

    /// <summary>Prepares it.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="config">The run's config.</param>
    /// <param name="data">Its slides.</param>
    /// <param name="backend">The device it is trained on.</param>
    /// <param name="clock">Tells how long it takes.</param>
    public LiveReport(RunFolder run, TrainConfig config, TrainingData data, Backend backend, TimeProvider clock)
    {
        (_run, _settings, _clock) = (run, config.Training, clock);
        _report = new(run, config, data, backend.Description);
        _seen = new(() => SeenOrNone(config, data, backend));
    }

    // A device that the network fills to the last byte trains all the same.
    private static IReadOnlyList<SeenPatch> SeenOrNone(TrainConfig config, TrainingData data, Backend backend)
    {
        try
        {
            return SeenPatches.Of(config, data, backend);
        }
        catch (UserError)
        {
            return [];
        }
    }

    /// <summary>Takes the scores of a validation.</summary>
    public void Validated(TrainingProgressState state, IReadOnlyList<SlideScores> scores) =>
        (_scores, _scoresNote) = (scores, Text($"The last validation, at iteration {state.Iteration}."));

    /// <summary>Writes how the run stands, unless it was written a moment ago. Where that fails, training goes on all the same.</summary>
    public void Renew(TrainingProgressState state)
    {
        if (_clock.GetElapsedTime(_written) < _pause)
            return;
        // These cost something once only.
        _ = _seen.Value;
        var started = _clock.GetTimestamp();
        TryWrite(state, new(InWords(state), RenewEvery));
        _written = _clock.GetTimestamp();
        var pause = _clock.GetElapsedTime(started, _written) * CostDivisor;
        _pause = pause > ShortestPause ? pause : ShortestPause;
    }

    /// <summary>Writes that the run has stopped before its end. Where that fails too, it keeps silent: why the run stopped is what must be told.</summary>
    /// <param name="state">How far it is.</param>
    /// <param name="error">What ended it; null: its user.</param>
    public void Stopped(TrainingProgressState state, UserError? error = null)
    {
        var after = Text($"after {state.Iteration} of {Count(_settings.Iterations, "iteration")}")
            + (state.Finished ? ", before the best model was scored" : "");
        var goOn = File.Exists(_run.Checkpoint)
            ? $" Go on with: engine train -c {ShellText.Quoted(_run.Config)} -o {ShellText.Quoted(_run.Path)} --resume" : "";
        TryWrite(state, new(error is null ? $"Training was stopped {after}.{goOn}" : $"Training failed {after}: {error.Message}.{goOn}"));
    }

    /// <summary>Writes the report of the finished run.</summary>
    /// <param name="state">How far it is.</param>
    /// <param name="scores">The scores of the best model, its label maps being in the run folder.</param>
    public void Finished(TrainingProgressState state, IReadOnlyList<SlideScores> scores)
    {
        var note = Text($"The best model, that of iteration {state.BestIteration}.");
        var report = _report.Gather(state, scores, note);
        TrainingReport.Write(_run.Report, _report.WithPictures(report, scores) with { Seen = _seen.Value });
    }

    private void TryWrite(TrainingProgressState state, ReportStatus status)
    {
        try
        {
            TrainingReport.Write(_run.Report, _report.Gather(state, _scores, _scoresNote) with { Status = status, Seen = _seen.Value });
        }
        catch (UserError)
        {
        }
    }

    private string InWords(TrainingProgressState state)
    {
        var share = TrainingShare.Of(_settings, state);
        var left = share > 0 ? Text($"about {Duration(TimeSpan.FromSeconds(Math.Min(1e9, state.Seconds * (1 - share) / share)))} left, ") : "";
        return Text($"Training goes on: {share * 100:0} %, {left}renewed every {RenewEvery} s. ")
            + Text($"This is of {_clock.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC; if that is long past, the run was ended from outside, ")
            + "and engine train --resume goes on.";
    }
}
