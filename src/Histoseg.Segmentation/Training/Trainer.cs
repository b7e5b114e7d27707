using System.Diagnostics;
using Histoseg.Cuda;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Segmentation.Devices;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Reports;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Training;

/// <summary>How far a training run is.</summary>
/// <param name="Iteration">Updates made.</param>
/// <param name="Iterations">Updates to make.</param>
/// <param name="Share">What is done of the whole, by iterations or by the time limit, 0…1.</param>
/// <param name="Loss">Mean loss of the last updates.</param>
/// <param name="PatchesPerSecond">Speed of the last updates.</param>
/// <param name="Dice">Mean foreground Dice of the last validation, or null.</param>
/// <param name="Note">Something that happened, in a line, or null.</param>
public readonly record struct TrainingProgress(int Iteration, int Iterations, double Share, double Loss, double PatchesPerSecond, double? Dice, string? Note);

/// <summary>What came of a run.</summary>
/// <param name="State">How far it is.</param>
/// <param name="ModelFolder">Where the best model is.</param>
/// <param name="ReportPath">The report.</param>
public sealed record TrainingResult(TrainingProgressState State, string ModelFolder, string ReportPath);

/// <summary>Trains a network in a run folder: <c>model/</c> (the best by validation), <c>model-last/</c>, <c>last.ckpt</c>, <c>metrics.csv</c>, <c>report.html</c>, <c>validation/</c> (label maps).</summary>
/// <remarks>
/// A run stopped in any way, killed included, goes on from its last checkpoint to bit-identical parameters: every random choice is a function of
/// seed and iteration, and sums are taken in a fixed order whatever the number of threads.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private const string CheckpointFile = "last.ckpt";
    private const string BestFolder = "model", LastFolder = "model-last", LabelMapFolder = "validation";

    private readonly TrainConfig _config;
    private readonly string _run;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Backend _backend;
    private readonly TrainingStep _step;
    private readonly Normalisation _normalisation = Normalisation.ImageNet;
    private Validator? _validator;
    private TrainingProgressState _state = new();
    private MetricsWindow _window = new(null);
    private double? _lastDice;

    /// <summary>Prepares a run: checks the folder and compiles the network.</summary>
    /// <param name="config">What to train; validated already.</param>
    /// <param name="run">The run folder; made if it is not there.</param>
    /// <param name="progress">Told after every update and validation.</param>
    /// <param name="devices">Opens the device the config names; by default among those of this machine.</param>
    /// <exception cref="EngineError">The folder is not writable, the device is not there, a setting is out of range, or there is not enough memory.</exception>
    public Trainer(TrainConfig config, string run, IProgress<TrainingProgress>? progress = null, DeviceOpener? devices = null)
    {
        (_config, _run, _progress) = (config, run, progress);
        try
        {
            Directory.CreateDirectory(run);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineError($"{run}: the run folder cannot be made ({e.Message}); choose a writable folder with -o", e) { CannotWrite = true };
        }
        _backend = (devices ?? DeviceOpener.OfThisMachine).Open(config.Training.Device, config.Training.Precision, config.Training.Threads, Note);
        try
        {
            _step = new TrainingStep(_backend, config, _normalisation, DeviceAugments);
        }
        catch
        {
            _backend.Dispose();
            throw;
        }
    }

    private string CheckpointPath => Path.Combine(_run, CheckpointFile);

    /// <summary>Gives the network its first weights, or those of the folder's checkpoint.</summary>
    /// <param name="resume">Go on from the folder's checkpoint; without one the run starts anew.</param>
    /// <exception cref="EngineError">The folder has a run already and <paramref name="resume"/> is false, or the checkpoint or pretrained file does not fit.</exception>
    public void Start(bool resume)
    {
        Leftovers.Remove([_run, .. new[] { BestFolder, LastFolder, LabelMapFolder }.Select(name => Path.Combine(_run, name))]);
        if (File.Exists(CheckpointPath))
        {
            if (!resume)
                throw new EngineError($"{_run}: there is a run already; go on with it with --resume, or give another folder with -o");
            _state = Checkpoint.Load(CheckpointPath, _step.Program, _config);
            // The config may have other limits than when the run was stopped; a time limit ends a run only after an update.
            var ended = AllIterationsDone || OutOfPatience || _state.Finished && TimeIsUp;
            _state = _state with { Finished = ended && _state.DueRow is null };
            Note($"going on from iteration {_state.Iteration}");
            return;
        }
        Initialisation.KaimingNormal(_step.Program, _config.Seed);
        if (_config.Network.Crf is { } crf)
            MeanFieldCrf.Initialise(_step.Program, crf);
        if (_config.Network.Pretrained is { } path)
            Note($"{path}: {Pretrained.LoadBackbone(path, _step.Program)} tensors loaded into the backbone");
    }

    /// <summary>Trains until all iterations are done, time is used up or nothing improves any more; then scores the best model and writes the report.</summary>
    /// <param name="cancel">Stops after the present update, with a checkpoint.</param>
    /// <exception cref="EngineError">The loss diverged, or the disk is full.</exception>
    /// <exception cref="Slides.SlideError">A slide, annotation or mask is missing or wrong.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the checkpoint is written.</exception>
    public TrainingResult Run(CancellationToken cancel)
    {
        using var data = TrainingData.Open(_config, cancel);
        try
        {
            // Before the first update, so that memory it lacks is told now and not at the first validation.
            if (data.Validation.Count > 0)
                _validator = new Validator(_backend, _config, _normalisation);
            if (!_state.Finished)
                Train(data, cancel);
            return Finish(data, cancel);
        }
        catch (GpuException error)
        {
            throw new EngineError($"{error.Message}; {(File.Exists(CheckpointPath) ? $"the last checkpoint is {CheckpointPath}: go on from it with --resume" : "there is no checkpoint yet")}", error);
        }
    }

    /// <summary>A GPU turns, stains and blurs patches itself, which leaves the loading threads the reading; on the processor they do it all beside the network.</summary>
    private bool DeviceAugments => _backend is not CpuBackend;

    private bool AllIterationsDone => _state.Iteration >= _config.Training.Iterations;

    private bool TimeIsUp => _config.Training.MaxMinutes is { } minutes && _state.Seconds >= 60 * minutes;

    private bool OutOfPatience => _config.Training.Patience > 0 && _state.WithoutImprovement >= _config.Training.Patience;

    private void Train(TrainingData data, CancellationToken cancel)
    {
        var settings = _config.Training;
        var dataset = data.Training;
        var sampler = new PatchSampler(dataset, (ulong)(uint)_config.Seed, _config.Data.PositiveShare);
        var threads = LoadingThreads.For(_backend is not CpuBackend);
        using var prefetcher = new PatchPrefetcher(sampler, new PatchLoader(dataset, _config.Augmentation.ToSettings(), DeviceAugments),
            settings.BatchSize, _state.Iteration, ahead: Math.Max(4, threads), threads);
        using var metrics = MetricsCsv.Open(Path.Combine(_run, "metrics.csv"), _config.Data.Classes, _state.Iteration);
        _window = new(_state.Window);
        var clock = Stopwatch.StartNew();
        var before = _state.Seconds;
        var rate = 0.0;
        while (!_state.Finished)
        {
            if (cancel.IsCancellationRequested)
            {
                Collect(dataset, toSave: true);
                SaveCheckpoint();
                throw new OperationCanceledException($"stopped after iteration {_state.Iteration}; go on with --resume", cancel);
            }
            // With a row due, the update was made before the run was stopped in its validation.
            if (_state.DueRow is null)
            {
                var batch = prefetcher.Next(CancellationToken.None);
                rate = LearningRate.At(_config, _state.Iteration);
                _step.Run(batch, rate, dataset.Slides);
                _state = _state with
                {
                    Iteration = _state.Iteration + 1,
                    Seconds = before + clock.Elapsed.TotalSeconds,
                    Positives = _state.Positives + batch.Positives,
                    Unreadable = _state.Unreadable + batch.Unreadable,
                };
                prefetcher.Return(batch);
                if (_step.IsFull)
                    Collect(dataset, toSave: false);
            }
            var last = AllIterationsDone || TimeIsUp;
            var validate = data.Validation.Count > 0 && (last || settings.ValidateEvery > 0 && _state.Iteration % settings.ValidateEvery == 0);
            var save = validate || last || _state.Iteration % settings.CheckpointEvery == 0;
            if (save || _state.Iteration % settings.LogEvery == 0)
                Collect(dataset, save);
            if (validate || last || _state.Iteration % settings.LogEvery == 0)
            {
                var row = _state.DueRow ?? _window.Row(_state.Iteration, _state.Seconds, rate);
                metrics.Append(validate ? row with { ValidationDice = Validate(data, row, cancel) } : row);
                _window.Restart();
            }
            _state = _state with { Seconds = before + clock.Elapsed.TotalSeconds, DueRow = null };
            if (OutOfPatience)
                Note($"no improvement in {settings.Patience} validations: stopping early");
            // Time that ran out since the update ends the run only if these weights were validated; else the next update is the last.
            _state = _state with { Finished = last || validate && (OutOfPatience || TimeIsUp) };
            if (_state.Finished || validate || _state.Iteration % settings.CheckpointEvery == 0)
                SaveCheckpoint();
        }
    }

    /// <summary>Takes the losses of the updates made since the last time.</summary>
    private void Collect(SlideDataset dataset, bool toSave)
    {
        var steps = _step.Collect(dataset.Slides, toSave);
        foreach (var step in steps)
            _window.Add(step.Loss, step.Positives, step.Patches);
        if (steps.Count > 0)
            Report();
    }

    private void SaveCheckpoint() => Checkpoint.Save(CheckpointPath, _step.Program, _config, _state with { Window = _window.Sums });

    /// <summary>Validates on whole slides and keeps the model if it is the best so far.</summary>
    private double[] Validate(TrainingData data, MetricsRow row, CancellationToken cancel)
    {
        try
        {
            return Validate(data, cancel);
        }
        catch (OperationCanceledException)
        {
            // The update before is whole; resuming begins with this validation.
            _state = _state with { DueRow = row };
            SaveCheckpoint();
            throw;
        }
    }

    private double[] Validate(TrainingData data, CancellationToken cancel)
    {
        var weights = ParameterSet<float>.From(_step.Program);
        var scores = _validator!.Run(weights, data.Validation, cancel);
        var dice = scores.Average(s => s.Confusion.MeanForegroundDice);
        _lastDice = dice;
        if (_state.BestDice is { } best && dice <= best)
            _state = _state with { WithoutImprovement = _state.WithoutImprovement + 1 };
        else
        {
            _state = _state with { BestDice = dice, BestIteration = _state.Iteration, WithoutImprovement = 0 };
            ModelFolder.Save(Path.Combine(_run, BestFolder), Describe(data, scores), weights);
        }
        Note(FormattableString.Invariant($"iteration {_state.Iteration}: validation Dice {dice:0.0000}{(_state.WithoutImprovement == 0 ? ", the best so far" : "")}"));
        var pooled = SlideScores.Pool([.. scores]).Confusion;
        return [.. Enumerable.Range(0, _config.Data.Classes.Count).Select(c => pooled.Score(c).Dice)];
    }

    private TrainingResult Finish(TrainingData data, CancellationToken cancel)
    {
        var weights = ParameterSet<float>.From(_step.Program);
        var best = Path.Combine(_run, BestFolder);
        ModelFolder.Save(Path.Combine(_run, LastFolder), Describe(data, []), weights);
        if (data.Validation.Count == 0)
        {
            _state = _state with { BestIteration = _state.Iteration };
            ModelFolder.Save(best, Describe(data, []), weights);
        }
        else if (_state.BestDice is null)
        {
            // The run ended before its first validation, resumed with fewer iterations or new validation slides.
            Validate(data, cancel);
            SaveCheckpoint();
        }
        var labelMaps = Path.Combine(_run, LabelMapFolder);
        var scores = _validator?.Run(ModelFolder.Load(best).Weights, data.Validation, cancel, labelMaps) ?? [];
        var report = Path.Combine(_run, "report.html");
        RunReport.Write(report, _config, _state, data, scores, labelMaps, Path.Combine(_run, "metrics.csv"), _backend);
        return new TrainingResult(_state, best, report);
    }

    private ModelDescription Describe(TrainingData data, IReadOnlyList<SlideScores> scores)
    {
        var network = _config.Network;
        var metrics = new Dictionary<string, double>();
        if (scores.Count > 0)
        {
            var pooled = SlideScores.Pool([.. scores]).Confusion;
            for (var c = 0; c < _config.Data.Classes.Count; c++)
                metrics[$"validation_dice_{_config.Data.Classes[c]}"] = pooled.Score(c).Dice;
            metrics["validation_dice_mean_per_slide"] = scores.Average(s => s.Confusion.MeanForegroundDice);
        }
        return new ModelDescription
        {
            Network = network.Name,
            NumClasses = _config.Data.Classes.Count,
            ClassNames = _config.Data.Classes,
            PatchSizePixels = _config.Data.PatchSize,
            SpacingUmPx = _config.Data.Mpp,
            Normalisation = _normalisation,
            Width = network.Width,
            K = network.K,
            GicnChannels = network.GicnChannels,
            GppPooling = network.GppPooling,
            Crf = network.Crf,
            TissueRule = _config.Data.Tissue,
            TissueThreshold = _config.Data.TissueThreshold,
            Iteration = _state.Iteration,
            TrainingData = $"{data.Training.Slides.Count} slides with {data.Training.PatchCount} patches of {Path.GetFileName(_config.Data.Manifest ?? _config.Data.Images)}, validated on {data.Validation.Count}",
            Metrics = metrics,
        };
    }

    private void Report()
    {
        var (made, total) = (_state.Iteration, _config.Training.Iterations);
        var share = Math.Max((double)made / total, _config.Training.MaxMinutes is { } minutes ? _state.Seconds / (60 * minutes) : 0);
        _progress?.Report(new TrainingProgress(made, total, Math.Min(1, share), _window.Loss, _window.PatchesPerSecond, _lastDice, null));
    }

    private void Note(string line) => _progress?.Report(new TrainingProgress(_state.Iteration, _config.Training.Iterations,
        (double)_state.Iteration / _config.Training.Iterations, double.NaN, double.NaN, _lastDice, line));

    /// <inheritdoc/>
    public void Dispose()
    {
        _validator?.Dispose();
        _step.Dispose();
        _backend.Dispose();
    }
}
