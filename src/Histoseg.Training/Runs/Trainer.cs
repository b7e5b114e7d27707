using System.Diagnostics;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ranks;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;
using Histoseg.Training.TensorBoard;

namespace Histoseg.Training.Runs;

/// <summary>
/// Trains a network in a run folder: <c>model/</c> (the best by validation), <c>model-last/</c>, <c>last.ckpt</c>, <c>metrics.csv</c>, <c>report.html</c>,
/// <c>validation/</c> (label maps).
/// </summary>
/// <remarks>
/// A run stopped in any way, killed included, goes on from its last checkpoint to bit-identical parameters: every random choice is a function of
/// seed and iteration, and sums are taken in a fixed order whatever the number of threads.
/// </remarks>
internal sealed class Trainer : IDisposable
{
    private readonly TrainConfig _config;
    private readonly RunFolder _run;
    private readonly TrainingData _data;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly string? _usage;
    private readonly TrainingTeam? _team;
    private readonly Backend _backend;
    private readonly TrainingStep _step;
    private readonly Validator? _validator;
    private readonly WeightAverage? _average;
    private readonly PreciseStatistics? _statistics;
    private readonly LiveReport _report;
    private readonly Normalisation _normalisation = Normalisation.ImageNet;
    private TrainingProgressState _state = new();
    private MetricsWindow _window = new(null);
    private double _rate;
    private double? _lastDice;

    /// <summary>Prepares a run: compiles the network for training and for validation, so that memory it lacks is told now.</summary>
    /// <param name="config">What to train; validated already.</param>
    /// <param name="run">The run folder, which is there.</param>
    /// <param name="data">The slides, which the caller keeps owning.</param>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="progress">Told after every update and validation.</param>
    /// <param name="usage">What the models' cards tell of using them, in Markdown; null: nothing.</param>
    /// <param name="team">The ranks of the backend, which this one leads; null: it is alone.</param>
    /// <exception cref="EngineError">A setting is out of range, or there is not enough memory.</exception>
    public Trainer(
        TrainConfig config, RunFolder run, TrainingData data, Backend backend, IProgress<TrainingProgress>? progress = null, string? usage = null,
        TrainingTeam? team = null)
    {
        (_config, _run, _data, _backend, _progress, _usage, _team) = (config, run, data, backend, progress, usage, team);
        _report = new LiveReport(run, config, data, backend, TimeProvider.System);
        _step = new TrainingStep(_backend, config, _normalisation, acrossRanks: team is not null);
        try
        {
            if (data.Validation.Count > 0)
                _validator = new Validator(_backend, config, _normalisation);
            if (config.Training.StatisticsBatches > 0)
                _statistics = new PreciseStatistics(_backend, config, _normalisation, data.Training);
            _average = config.Optimiser.Averaging > 0 ? new(config.Optimiser.Averaging) : null;
        }
        catch
        {
            _validator?.Dispose();
            _step.Dispose();
            throw;
        }
    }

    /// <summary>How far it is.</summary>
    public TrainingProgressState State => _state;

    /// <summary>Gives the network its first weights, or those of the folder's checkpoint where it has one.</summary>
    /// <exception cref="EngineError">The checkpoint or pretrained file does not fit.</exception>
    public void Start()
    {
        if (File.Exists(_run.Checkpoint))
        {
            _state = Checkpoint.Load(_run.Checkpoint, _step.Program, _config, _average);
            _state = _state with { Finished = new TrainingAgenda(_config.Training, hasValidation: false).WasOver(_state) };
            Note($"going on from iteration {_state.Iteration}");
            var ranks = _team?.Count ?? 1;
            if (_state.Ranks != ranks)
                Note(Figures.Text($"it was trained by {Figures.Count(_state.Ranks, "process", "processes")} until here and is by {ranks} from now on, ")
                    + $"so an update is of {ranks * _config.Training.BatchSize} patches instead of {_state.Ranks * _config.Training.BatchSize}");
            return;
        }
        Initialisation.KaimingNormal(_step.Program, _config.Seed);
        if (_config.Network.Crf is { } crf)
            MeanFieldCrf.Initialise(_step.Program, crf);
        if (_config.Network.Pretrained is not null)
            foreach (var line in Pretrained.Load(_config, _step.Program).Lines)
                Note(line);
    }

    /// <summary>Trains until all iterations are done, time is used up or nothing improves any more; then scores the best model and writes the report.</summary>
    /// <param name="cancel">Stops after the present update, with a checkpoint and a model.</param>
    /// <exception cref="EngineError">The loss diverged, or the GPU failed.</exception>
    /// <exception cref="WriteError">The disk is full.</exception>
    /// <exception cref="SlideError">A slide, annotation or mask cannot be read any more.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the checkpoint is written.</exception>
    public TrainingResult Run(CancellationToken cancel)
    {
        try
        {
            Train(cancel);
            return Finish(cancel);
        }
        catch (OperationCanceledException)
        {
            _report.Stopped(_state);
            throw;
        }
        catch (UserError error)
        {
            _report.Stopped(_state, error);
            if (!DeviceFailure.Is(error) && error is not RankError)
                throw;
            throw new EngineError(
                error.Message + (File.Exists(_run.Checkpoint) ? $"; the last checkpoint is {_run.Checkpoint}: go on from it" : "; there is no checkpoint yet"),
                error)
            { Remedy = File.Exists(_run.Checkpoint) ? Remedy.Resume : Remedy.None };
        }
    }

    private void Train(CancellationToken cancel)
    {
        if (_state.Finished)
            return;
        var agenda = new TrainingAgenda(_config.Training, hasValidation: _data.Validation.Count > 0);
        using var batches = Batches();
        using var metrics = MetricsCsv.Open(_run.Metrics, _config.Data.Classes, _state.Iteration);
        using var events = _config.Training.Tensorboard
            ? new EventFile(_run.Path, _config.Data.Classes, _state.Iteration, TimeProvider.System) : null;
        _window = new(_state.Window);
        var clock = new RunClock(_state.Seconds);
        _report.Renew(_state);
        GiveBackMemory();
        while (!_state.Finished)
        {
            if (cancel.IsCancellationRequested)
                Stop(cancel);
            // With a row due, the update was made before the run was stopped in its validation.
            if (_state.DueRow is null)
                Update(batches, clock, cancel);
            var due = agenda.After(_state);
            if (due.Collect)
                Collect(due.Save);
            if (due.Log)
            {
                var row = _state.DueRow ?? _window.Row(_state.Iteration, _state.Seconds, _rate);
                if (due.Validate)
                    row = row with { ValidationDice = Validate(row, cancel) };
                metrics.Append(row);
                events?.Append(row);
                _window.Restart();
            }
            _state = _state with { Seconds = clock.Seconds, DueRow = null };
            if (agenda.OutOfPatience(_state))
                Note($"no improvement in {_config.Training.Patience} validations: stopping early");
            _state = _state with { Finished = agenda.IsOver(due, _state) };
            if (due.Save)
            {
                SaveCheckpoint();
                GiveBackMemory();
            }
            if (due.Collect && !_state.Finished)
                _report.Renew(_state);
        }
    }

    // Weights that were read or written are arrays so large that .NET keeps them for long, on a machine of much memory by the gigabyte.
    private static void GiveBackMemory() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private PatchPrefetcher Batches()
    {
        var (sampler, loader) = (TrainingPatches.Sampler(_config, _data), TrainingPatches.Loader(_config, _data));
        return new(sampler, loader, _config.Training.BatchSize, _state.Iteration, ahead: Math.Max(4, _backend.Readers), _backend.Readers);
    }

    /// <summary>Where there are other ranks, waits until all have prepared, and gives them the weights.</summary>
    /// <param name="cancel">Asked for, no rank begins.</param>
    /// <exception cref="EngineError">Another rank cannot begin.</exception>
    /// <exception cref="OperationCanceledException">A rank was asked to stop.</exception>
    public void Gather(CancellationToken cancel)
    {
        if (_team is null || _state.Finished)
            return;
        var news = _team.Meet(TeamWord.GoesOn);
        if (!news.GoesOn)
        {
            _team.Part();
            throw news.Words.Contains(TeamWord.Fails) ? Fails(news) : new OperationCanceledException("stopped before the first update", cancel);
        }
        using (_team.Watch(_step))
            _team.Share(_step, _state.Iteration);
        _team.Part();
        _state = _state with { Ranks = _team.Count };
    }

    private TeamCounts Meet(TeamCounts? own, CancellationToken cancel)
    {
        // Asked to stop itself, it does so before the next update: its last word comes when all is saved.
        var news = _team!.Meet(TeamWord.GoesOn, own);
        if (news.GoesOn)
            return news.Counts;
        _team.Part();
        if (!news.Words.Contains(TeamWord.Fails))
            Stop(cancel);
        Collect(toSave: true);
        SaveStopped();
        throw Fails(news);
    }

    private EngineError Fails(TeamNews news)
    {
        var failed = news.Words.Index().First(word => word.Item == TeamWord.Fails).Index;
        return new($"rank {failed} of {news.Words.Count} cannot go on, for the reason it told; stopped after iteration {_state.Iteration}")
        { Remedy = File.Exists(_run.Checkpoint) ? Remedy.Resume : Remedy.None };
    }

    private void Update(PatchPrefetcher batches, RunClock clock, CancellationToken cancel)
    {
        var batch = batches.Next(CancellationToken.None);
        TeamCounts counts = new(batch.Count, batch.Positives, batch.Unreadable);
        if (_team is not null)
            counts = Meet(counts, cancel);
        _rate = LearningRate.At(_config, _state.Iteration);
        using (_team?.Watch(_step))
            _step.Run(batch, _rate, _data.Training.Slides, counts);
        _team?.Part();
        _state = _state with
        {
            Iteration = _state.Iteration + 1,
            Seconds = clock.Seconds,
            Positives = _state.Positives + counts.Positives,
            Unreadable = _state.Unreadable + counts.Unreadable,
        };
        batches.Return(batch);
        var averages = _average is not null && _state.Iteration % WeightAverage.Every == 0;
        if (_step.IsFull || averages)
            Collect(toSave: averages);
        if (averages)
            _average!.Add(_step.Program, _state.Iteration);
    }

    /// <summary>Takes the losses of the updates made since the last time.</summary>
    private void Collect(bool toSave)
    {
        IReadOnlyList<StepResult> steps;
        using (_team?.Watch(_step))
            steps = _step.Collect(_data.Training.Slides, toSave);
        if (_step.IsOnGpu)
            _team?.RequireWhole();
        foreach (var step in steps)
            _window.Add(step.Loss, step.Positives, step.Patches);
        if (steps.Count > 0)
            Report();
    }

    private void Stop(CancellationToken cancel)
    {
        Collect(toSave: true);
        SaveStopped();
        throw new OperationCanceledException($"stopped after iteration {_state.Iteration}", cancel);
    }

    private void SaveCheckpoint()
    {
        Checkpoint.Save(_run.Checkpoint, _step.Program, _config, _state with { Window = _window.Sums }, _average);
        // Whenever and however the run ends, there is a model to use: the latest until one is the best.
        if (_state.BestDice is null)
            SaveUnvalidated(_run.Best);
    }

    private void SaveStopped()
    {
        SaveCheckpoint();
        SaveUnvalidated(_run.Last);
    }

    private void SaveUnvalidated(string folder) => ModelFolder.Save(folder, Describe([]), Weights(CancellationToken.None), _usage);

    // What is validated and saved.
    private ParameterSet<float> Weights(CancellationToken cancel)
    {
        var weights = _average?.Weights ?? ParameterSet<float>.From(_step.Program);
        return _statistics?.Of(weights, cancel) ?? weights;
    }

    /// <summary>Validates on whole slides and keeps the model if it is the best so far.</summary>
    /// <returns>Pooled Dice per class.</returns>
    private double[] Validate(MetricsRow row, CancellationToken cancel)
    {
        try
        {
            return Validate(cancel);
        }
        catch (Exception error) when (error is OperationCanceledException or SlideError)
        {
            // The updates before are whole; resuming begins with this validation.
            _state = _state with { DueRow = row };
            SaveStopped();
            throw;
        }
    }

    private double[] Validate(CancellationToken cancel)
    {
        var weights = Weights(cancel);
        var scores = _validator!.Run(weights, _data.Validation, cancel);
        if (SlideScores.MeanForegroundDice(scores) is not { } dice)
            throw new SlideError("no pixel of the validation slides could be scored: none that counts can be read; look at the slides");
        _lastDice = dice;
        _report.Validated(_state, scores);
        if (_state.BestDice is { } best && dice <= best)
            _state = _state with { WithoutImprovement = _state.WithoutImprovement + 1 };
        else
        {
            _state = _state with { BestDice = dice, BestIteration = _state.Iteration, WithoutImprovement = 0 };
            ModelFolder.Save(_run.Best, Describe(scores), weights, _usage);
        }
        Note(Figures.Text($"iteration {_state.Iteration}: validation Dice {dice:0.0000}{(_state.WithoutImprovement == 0 ? ", the best so far" : "")}"));
        var pooled = SlideScores.Pool([.. scores]).Confusion;
        return [.. Enumerable.Range(0, _config.Data.Classes.Count).Select(c => pooled.Score(c).Dice)];
    }

    private TrainingResult Finish(CancellationToken cancel)
    {
        SaveUnvalidated(_run.Last);
        if (_data.Validation.Count == 0)
        {
            _state = _state with { BestIteration = _state.Iteration };
            SaveUnvalidated(_run.Best);
        }
        else if (_state.BestDice is null)
        {
            // The run ended before its first validation, resumed with fewer iterations or new validation slides.
            Validate(cancel);
            SaveCheckpoint();
        }
        var scores = _validator?.Run(ModelFolder.Load(_run.Best).Weights, _data.Validation, cancel, _run.LabelMaps) ?? [];
        _report.Finished(_state, scores);
        return new TrainingResult(_state, _run.Best, _run.Report);
    }

    private ModelDescription Describe(IReadOnlyList<SlideScores> scores) => ModelCard.Of(_config, _normalisation, _state, _data, scores);

    private void Report()
    {
        var share = TrainingShare.Of(_config.Training, _state);
        _progress?.Report(new TrainingProgress(_state.Iteration, _config.Training.Iterations, share, _window.Loss, _window.PatchesPerSecond, _lastDice, null));
    }

    private void Note(string line) => _progress?.Report(new TrainingProgress(_state.Iteration, _config.Training.Iterations,
        (double)_state.Iteration / _config.Training.Iterations, double.NaN, double.NaN, _lastDice, line));

    /// <inheritdoc/>
    public void Dispose()
    {
        _statistics?.Dispose();
        _validator?.Dispose();
        using (_team?.Watch(_step))
            _step.Dispose();
    }

    /// <summary>Seconds spent training, over all starts.</summary>
    private readonly struct RunClock(double before)
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public double Seconds => before + Stopwatch.GetElapsedTime(_started).TotalSeconds;
    }
}
