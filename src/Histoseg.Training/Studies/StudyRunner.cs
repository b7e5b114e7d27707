using System.Diagnostics;
using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Devices;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Planning;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Studies;

/// <summary>Trains and evaluates the networks of a table or figure by one protocol, and writes it.</summary>
/// <remarks>
/// Every run has a folder of its own below <c>runs/</c>, which training can go on with too (<see cref="TrainingRun.Start"/>). A run whose <c>result.json</c>
/// is there is not trained again, one with a checkpoint goes on from it. A run that fails is told in the table and does not stop the others.
/// </remarks>
/// <param name="study">The study; validated already.</param>
/// <param name="output">The study's folder.</param>
/// <param name="progress">Told after every update.</param>
/// <param name="devices">Opens the device the protocol names; by default among those of this machine.</param>
/// <param name="usage">What the models' cards tell of using them, in Markdown; null: nothing.</param>
internal sealed class StudyRunner(
    StudyConfig study, string output, IProgress<StudyProgress>? progress = null, DeviceOpener? devices = null, string? usage = null)
{
    private readonly Dictionary<StudyRun, string> _failures = [];
    private readonly DeviceOpener _devices = devices ?? DeviceOpener.OfThisMachine;

    /// <summary>Makes what is not there yet.</summary>
    /// <param name="target">The table or figure.</param>
    /// <param name="cancel">Stops after the present update, with a checkpoint.</param>
    /// <exception cref="ConfigError">A run or fold that is there is not one of this study any more.</exception>
    /// <exception cref="SlideError">The data is missing or wrong.</exception>
    /// <exception cref="WriteError">The disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same study goes on where it was.</exception>
    public StudyResult Run(StudyTarget target, CancellationToken cancel)
    {
        var folds = StudyFolds.Of(study);
        var runs = StudyRuns.Of(study, target, folds);
        foreach (var run in runs)
            RequireSame(run);
        var shared = Path.Combine(output, "folds");
        using (RunLock.Take(shared, cancel))
        {
            Leftovers.Remove(output, shared);
            foreach (var fold in folds)
                fold.Write(output);
        }
        var files = MakeAll(target, runs, cancel);
        if (target == StudyTarget.Table1)
            files = WriteTimed(runs, cancel);
        return new(files, runs.Count,
            [.. States(target, runs).Where(state => state.Failure is not null).Select(state => $"{state.Run.Name}: {state.Failure}")]);
    }

    // Runs that another program is making come last: they are waited for, and made here if that program ends without them.
    private IReadOnlyList<string> MakeAll(StudyTarget target, IReadOnlyList<StudyRun> runs, CancellationToken cancel)
    {
        var files = Write(target, runs, cancel);
        var told = new HashSet<StudyRun>();
        for (var left = runs.Where(run => ResultOf(target, run) is null).ToList(); left.Count > 0;)
        {
            var (made, held) = (runs.Count - left.Count, new List<StudyRun>());
            foreach (var run in left)
            {
                cancel.ThrowIfCancellationRequested();
                using var hold = RunLock.TryTake(FolderOf(run));
                // What came since is of another program, whose config may not be this study's.
                RequireSame(run);
                if (hold is null && ResultOf(target, run) is null)
                {
                    held.Add(run);
                    Tell(made, runs.Count, $"waiting for another program, which makes {run.Name}",
                        told.Add(run) ? $"{run.Name}: another program is making it, so it comes last" : null);
                    continue;
                }
                if (hold is not null && ResultOf(target, run) is null)
                    Make(run, hold, made, runs.Count, cancel);
                made++;
                files = Write(target, runs, cancel);
            }
            left = held;
            if (left.Count > 0)
                RunLock.Wait(cancel);
        }
        return files;
    }

    private string FolderOf(StudyRun run) => Path.Combine(output, run.Folder);

    private TrainConfig ConfigOf(StudyRun run) => run.Config(study, run.Fold.Csv(output));

    private void RequireSame(StudyRun run) => RunIdentity.RequireSame(FolderOf(run), RunIdentity.Of(run, ConfigOf(run)));

    // With another border between small and large regions, table 4 has its held-out slides scored again; nothing is trained.
    private RunResult? ResultOf(StudyTarget target, StudyRun run)
    {
        if (RunResult.Load(FolderOf(run)) is not { } result)
            return null;
        RequireSame(run);
        return target == StudyTarget.Table4 && result.SizeLimit != study.SizeLimit ? null : result;
    }

    private IReadOnlyList<string> Write(StudyTarget target, IReadOnlyList<StudyRun> runs, CancellationToken cancel) => target == StudyTarget.Fig3
        ? StudyFigure.Write(study, States(target, runs), ConfigOf(runs[0]), output, cancel)
        : StudyTableWriter.Write(output, target.ToString().ToLowerInvariant(),
            new StudyTables(study, States(target, runs), StudyTimes.Load(output)).Of(target));

    // After the last training of this program, and all networks together, unless those kept are of these networks on this device.
    private IReadOnlyList<string> WriteTimed(IReadOnlyList<StudyRun> runs, CancellationToken cancel)
    {
        try
        {
            var done = States(StudyTarget.Table1, runs).Where(state => state.Result is not null).DistinctBy(state => state.Run.Variant)
                .Select(state => (state.Run, state.Result!.Network)).ToList();
            var training = study.Protocol.Training;
            using var backend = _devices.Open(training.Device, training.Precision, training.Threads);
            var kept = StudyTimes.Load(output);
            if (kept?.Device != backend.Description || done.Any(one => kept.Of(one.Network) is null))
            {
                var times = PatchTimes.Measure(backend, [.. done.Select(one => (one.Run.Variant, FolderOf(one.Run)))],
                    name => Tell(runs.Count, runs.Count, $"timing {name}", null), cancel);
                new StudyTimes(backend.Description, [.. done.Zip(times, (one, milliseconds) => new NetworkTime(one.Network, milliseconds))]).Save(output);
            }
        }
        catch (Exception error) when (IsOfOneRun(error))
        {
            Tell(runs.Count, runs.Count, "timing", $"no time per patch: {InALine(error)}");
        }
        return Write(StudyTarget.Table1, runs, cancel);
    }

    private List<StudyRunState> States(StudyTarget target, IReadOnlyList<StudyRun> runs) =>
        [.. runs.Select(run => ResultOf(target, run) is { } result ? new StudyRunState(run, result, null) : new(run, null, _failures.GetValueOrDefault(run)))];

    private void Make(StudyRun run, RunLock hold, int number, int count, CancellationToken cancel)
    {
        try
        {
            Train(run, hold, number, count, cancel);
            Tell(number + 1, count, run.Name, $"{run.Name}: done");
        }
        catch (Exception error) when (IsOfOneRun(error))
        {
            _failures[run] = InALine(error);
            Tell(number + 1, count, run.Name, $"{run.Name}: failed: {_failures[run]}");
        }
    }

    // A disk that is full for one run is full for the next one too.
    private static bool IsOfOneRun(Exception error) => error is EngineError or SlideError or OutOfMemoryException || DeviceFailure.Is(error);

    private static string InALine(Exception error) => error is OutOfMemoryException ? "not enough memory" : error.Message.ReplaceLineEndings(" ");

    private void Train(StudyRun run, RunLock hold, int number, int count, CancellationToken cancel)
    {
        var (folder, config) = (FolderOf(run), ConfigOf(run));
        RunIdentity.Save(folder, RunIdentity.Of(run, config));
        var trained = TrainingRun.StartHeld(config, folder, hold, resume: true, new Listener(state => Tell(number + state.Share, count,
            string.Create(CultureInfo.InvariantCulture, $"{run.Name} ({number + 1} of {count}), {state.Iteration}/{state.Iterations}, loss {state.Loss:0.000}, "
                + $"{state.PatchesPerSecond:0.0} patches/s"),
            state.Note is { } note ? $"{run.Name}: {note}" : null)), _devices, usage, cancel);
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
        var plan = NetworkPlan.ForTraining(config);
        new RunResult
        {
            Network = config.Network.Tensors,
            Fold = run.Fold.Number,
            Seed = run.Seed,
            ClassNames = config.Data.Classes,
            Parameters = plan.Parameters,
            ParametersWithoutBackbone = plan.ParametersWithoutBackbone,
            OutputStride = config.CreateNetwork().OutputStride,
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
