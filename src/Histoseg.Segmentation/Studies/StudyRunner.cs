using System.Diagnostics;
using Histoseg.Cuda;
using Histoseg.Engine;
using Histoseg.Segmentation.Devices;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Planning;
using Histoseg.Segmentation.Training;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Studies;

/// <summary>Trains and evaluates the networks of a table or figure by one protocol, and writes it.</summary>
/// <remarks>
/// Every run has a folder of its own below <c>runs/</c>, which <c>engine train --resume</c> understands too. A run whose <c>result.json</c> is
/// there is not made again, one with a checkpoint goes on from it. A run that fails is told in the table and does not stop the others.
/// </remarks>
/// <param name="study">The study; validated already.</param>
/// <param name="output">The study's folder.</param>
/// <param name="saveConfig">Writes a run's config to a file.</param>
/// <param name="progress">Told after every update.</param>
/// <param name="devices">Opens the device the protocol names; by default among those of this machine.</param>
public sealed class StudyRunner(StudyConfig study, string output, Action<TrainConfig, string> saveConfig, IProgress<StudyProgress>? progress = null, DeviceOpener? devices = null)
{
    private readonly Dictionary<StudyRun, string> _failures = [];
    private readonly DeviceOpener _devices = devices ?? DeviceOpener.OfThisMachine;

    /// <summary>Makes what is not there yet.</summary>
    /// <param name="target">The table or figure.</param>
    /// <param name="cancel">Stops after the present update, with a checkpoint.</param>
    /// <exception cref="ConfigError">A run that is there is not one of this study any more.</exception>
    /// <exception cref="SlideError">The data is missing or wrong, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same study goes on where it was.</exception>
    public StudyResult Run(StudyTarget target, CancellationToken cancel)
    {
        var folds = StudyFolds.Of(study);
        var runs = StudyRuns.Of(study, target, folds);
        foreach (var run in runs)
            RunIdentity.RequireSame(FolderOf(run), RunIdentity.Of(run, ConfigOf(run)));
        Leftovers.Remove(output, Path.Combine(output, "folds"));
        foreach (var fold in folds)
            fold.Write(output);

        var files = Write(target, runs, cancel);
        for (var i = 0; i < runs.Count; i++)
        {
            if (IsDone(runs[i]))
                continue;
            cancel.ThrowIfCancellationRequested();
            Make(runs[i], i, runs.Count, cancel);
            files = Write(target, runs, cancel);
        }
        if (target == StudyTarget.Table1)
            files = WriteTimed(runs, cancel);
        return new(files, runs.Count, [.. runs.Where(_failures.ContainsKey).Select(run => $"{run.Name}: {_failures[run]}")]);
    }

    private string FolderOf(StudyRun run) => Path.Combine(output, run.Folder);

    private TrainConfig ConfigOf(StudyRun run) => run.Config(study, run.Fold.Csv(output));

    // With another border between small and large regions the held-out slides are scored again; nothing is trained.
    private bool IsDone(StudyRun run) => RunResult.Load(FolderOf(run)) is { } result && result.SizeLimit == study.SizeLimit;

    private IReadOnlyList<string> Write(StudyTarget target, IReadOnlyList<StudyRun> runs, CancellationToken cancel) => target == StudyTarget.Fig3
        ? StudyFigure.Write(study, States(runs), ConfigOf(runs[0]), output, cancel)
        : StudyTableWriter.Write(output, NameOf(target), new StudyTables(study, States(runs), new Dictionary<string, double>(), "").Of(target));

    // Time is measured last, when nothing trains beside it, and for all networks at once.
    private IReadOnlyList<string> WriteTimed(IReadOnlyList<StudyRun> runs, CancellationToken cancel)
    {
        var states = States(runs);
        var training = study.Protocol.Training;
        using var backend = _devices.Open(training.Device, training.Precision, training.Threads);
        var times = PatchTimes.Measure(backend, [.. states.Where(state => state.Result is not null).Select(state => state.Run).DistinctBy(run => run.Variant).Select(run => (run.Variant, FolderOf(run)))],
            name => Tell(runs.Count, runs.Count, $"timing {name}", null), cancel);
        return StudyTableWriter.Write(output, NameOf(StudyTarget.Table1), new StudyTables(study, states, times, backend.Description).Of(StudyTarget.Table1));
    }

    private List<StudyRunState> States(IReadOnlyList<StudyRun> runs) => [.. runs.Select(run => new StudyRunState(run, RunResult.Load(FolderOf(run)), _failures.GetValueOrDefault(run)))];

    private static string NameOf(StudyTarget target) => target.ToString().ToLowerInvariant();

    private void Make(StudyRun run, int number, int count, CancellationToken cancel)
    {
        try
        {
            Train(run, number, count, cancel);
            Tell(number + 1, count, run.Name, $"{run.Name}: done");
        }
        catch (Exception error) when (error is EngineError or GpuException or OutOfMemoryException or SlideError and not OutputError)
        {
            _failures[run] = error is OutOfMemoryException ? "not enough memory" : error.Message.ReplaceLineEndings(" ");
            Tell(number + 1, count, run.Name, $"{run.Name}: failed: {_failures[run]}");
        }
    }

    private void Train(StudyRun run, int number, int count, CancellationToken cancel)
    {
        var (folder, config) = (FolderOf(run), ConfigOf(run));
        RunIdentity.Save(folder, RunIdentity.Of(run, config));
        using var held = RunLock.Take(folder);
        TrainingResult trained;
        using (var trainer = new Trainer(config, folder, new Listener(state => Tell(number + state.Share, count,
            FormattableString.Invariant($"{run.Name} ({number + 1} of {count}), {state.Iteration}/{state.Iterations}, loss {state.Loss:0.000}, {state.PatchesPerSecond:0.0} patches/s"),
            state.Note is { } note ? $"{run.Name}: {note}" : null)), _devices))
        {
            trainer.Start(resume: true);
            saveConfig(config, Path.Combine(folder, "config.yaml"));
            trained = trainer.Run(cancel);
        }
        Evaluate(run, config, folder, trained, cancel);
    }

    private void Evaluate(StudyRun run, TrainConfig config, string folder, TrainingResult trained, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var predictions = Path.Combine(folder, RunResult.Predictions);
        Leftovers.Remove(folder, predictions);
        var (description, weights) = ModelFolder.Load(trained.ModelFolder);
        using var slides = OpenedSlides.Of(config, run.Fold.Manifest, DataSplit.Test, cancel);
        using var backend = _devices.Open(config.Training.Device, config.Training.Precision, config.Training.Threads);
        using var validator = new Validator(backend, config, description.Normalisation, study.SizeLimit);
        var scores = validator.Run(weights, slides.Slides, cancel, predictions);
        var settings = NetworkSettings.From(config);
        var plan = NetworkPlan.ForTraining(config);
        new RunResult
        {
            Network = settings,
            Fold = run.Fold.Number,
            Seed = run.Seed,
            ClassNames = config.Data.Classes,
            Parameters = plan.Parameters,
            ParametersWithoutBackbone = plan.ParametersWithoutBackbone,
            OutputStride = Network.Create(settings).OutputStride,
            Iterations = trained.State.Iteration,
            ModelIteration = description.Iteration,
            TrainingMinutes = trained.State.Seconds / 60,
            EvaluationMinutes = clock.Elapsed.TotalMinutes,
            Device = backend.Description,
            SizeLimit = study.SizeLimit,
            Slides = [.. run.Fold.HeldOut.Zip(slides.Slides, scores).Select(one => SlideCounts.Of(one.Second.Name, one.First.Patient, one.Third))],
        }.Save(folder);
    }

    private void Tell(double done, int count, string status, string? note) => progress?.Report(new(done / count, status, note));

    private sealed class Listener(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }
}
