using System.Runtime.ExceptionServices;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Devices;
using Histoseg.Engine.Ranks;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Planning;
using Histoseg.Training.Runs;

namespace Histoseg.Training;

/// <summary>Trains a network on slides, in a folder that the run can be taken up in again.</summary>
/// <example>
/// <code>
/// var config = ConfigFile.Load&lt;TrainConfig&gt;("train.yaml");
/// var result = TrainingRun.Start(config, "run");
/// </code>
/// </example>
public static class TrainingRun
{
    /// <summary>Starts a run, or goes on with a stopped one, and returns when it has ended.</summary>
    /// <remarks>
    /// The folder gets <c>model/</c> (the best by whole-slide validation), <c>model-last/</c>, <c>last.ckpt</c>, <c>metrics.csv</c>, <c>report.html</c> and
    /// <c>config.yaml</c>, the resolved config. A run stopped in any way, killed included, goes on to the same bits. All that can be known of config,
    /// manifest, annotations and slides is looked at before a network is compiled; what does not start leaves nothing behind. One program at a time has
    /// the folder.
    /// </remarks>
    /// <param name="config">What to train; sound, see <see cref="TrainConfig.Validate"/>.</param>
    /// <param name="folder">The run folder; made where it is not there.</param>
    /// <param name="resume">Go on from the folder's checkpoint; without one the run starts anew.</param>
    /// <param name="progress">Told after every update and validation, on the calling thread.</param>
    /// <param name="devices">Opens the device the config names; null: among those of this machine.</param>
    /// <param name="usage">What the models' cards tell of using them, in Markdown; null: nothing.</param>
    /// <param name="ranks">The processes that make the updates together, of which this is rank 0; null: this one is alone. The others call
    /// <see cref="Follow"/>.</param>
    /// <param name="cancel">Stops after the present update, with a checkpoint.</param>
    /// <exception cref="ConfigError">A value is out of its range.</exception>
    /// <exception cref="UserError">Another program trains in the folder, it has a run already and <paramref name="resume"/> is false, data or checkpoint are
    /// missing or wrong, there is not enough memory, the loss diverged, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the checkpoint is written.</exception>
    public static TrainingResult Start(
        TrainConfig config, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, DeviceOpener? devices = null,
        string? usage = null, RankGroup? ranks = null, CancellationToken cancel = default)
    {
        if (ranks is null)
            return StartSound(config, folder, resume, progress, devices, usage, null, null, cancel);
        TrainingTeam.RequireSame(ranks, config);
        using var team = new TrainingTeam(ranks);
        try
        {
            var result = StartSound(config, folder, resume, progress, devices, usage, ranks, team, cancel);
            team.End(TeamWord.Ends);
            return result;
        }
        catch (Exception error)
        {
            team.End(error is OperationCanceledException ? TeamWord.Stops : TeamWord.Fails);
            throw;
        }
    }

    /// <summary>Makes updates of a run that rank 0 leads, on patches of this process's own, until the run ends; writes nothing.</summary>
    /// <remarks>Config, options and slides are those of rank 0. Weights come from it, whatever the run goes on from.</remarks>
    /// <param name="config">What to train; sound, see <see cref="TrainConfig.Validate"/>.</param>
    /// <param name="ranks">The processes, of which this is not rank 0.</param>
    /// <param name="devices">Opens the device the config names; null: among those of this machine.</param>
    /// <param name="cancel">Has rank 0 stop the run after the present update, with a checkpoint.</param>
    /// <returns>Whether the run was trained to its end; false: rank 0 could not go on, and tells why.</returns>
    /// <exception cref="UserError">This process cannot go on where rank 0 could, or another has gone.</exception>
    /// <exception cref="OperationCanceledException">Stopped; rank 0 has written the checkpoint.</exception>
    public static bool Follow(TrainConfig config, RankGroup ranks, DeviceOpener? devices = null, CancellationToken cancel = default)
    {
        static void Quiet(string line) { }
        TrainingTeam.RequireSame(ranks, config);
        using var team = new TrainingTeam(ranks);
        TeamWord last;
        try
        {
            RequireSound(config);
            using var slides = TrainingSlides.Open(config, Quiet, cancel);
            using var backend = Open(config, devices, Quiet, ranks);
            using var follower = new TrainingFollower(config, slides.ListPatches(Quiet, cancel), backend, ranks, team);
            last = follower.Run(cancel);
        }
        catch (RankError error)
        {
            throw new RankError($"{error.Message}; go on from the last checkpoint", error) { Remedy = Remedy.Resume };
        }
        catch (Exception error) when (team.IsApart)
        {
            try
            {
                (last, var couldGoOn) = team.HearOut(error is OperationCanceledException ? TeamWord.Stops : TeamWord.Fails);
                // Where rank 0 could not either, it is most often for the same reason, which it tells.
                if (couldGoOn && error is not OperationCanceledException)
                    throw;
            }
            catch (RankError)
            {
                ExceptionDispatchInfo.Throw(error);
                throw;
            }
        }
        if (last == TeamWord.Stops)
            throw new OperationCanceledException("stopped", cancel);
        return last == TeamWord.Ends;
    }

    private static void RequireSound(TrainConfig config)
    {
        foreach (var issue in config.Validate())
            throw new ConfigError($"{issue.Key} {issue.Message}");
    }

    private static Backend Open(TrainConfig config, DeviceOpener? devices, Action<string> note, RankGroup? ranks) =>
        (devices ?? DeviceOpener.OfThisMachine).Open(config.Training.Device, config.Training.Precision, config.Training.Threads, note, ranks: ranks);

    private static TrainingResult StartSound(
        TrainConfig config, string folder, bool resume, IProgress<TrainingProgress>? progress, DeviceOpener? devices, string? usage, RankGroup? ranks,
        TrainingTeam? team, CancellationToken cancel)
    {
        RequireSound(config);
        using var hold = RunLock.TryTake(folder) ?? throw new EngineError($"{folder}: another program trains in this folder"
            + $"{(RunLock.HolderOf(folder) is { } holder ? $" ({holder})" : "")}; wait until it has ended, or choose another folder")
        { Remedy = Remedy.ChooseFolder };
        return StartHeld(config, folder, hold, resume, progress, devices, usage, cancel, ranks, team);
    }

    /// <summary>The same in a folder that the caller has taken; one in which nothing was trained is withdrawn from.</summary>
    internal static TrainingResult StartHeld(
        TrainConfig config, string folder, RunLock hold, bool resume, IProgress<TrainingProgress>? progress, DeviceOpener? devices, string? usage,
        CancellationToken cancel, RankGroup? ranks = null, TrainingTeam? team = null)
    {
        void Note(string line) => progress?.Report(new(0, config.Training.Iterations, 0, double.NaN, double.NaN, null, line));
        var run = new RunFolder(folder);
        var started = false;
        try
        {
            run.Prepare();
            run.RequireStart(config, resume);
            using var slides = TrainingSlides.Open(config, Note, cancel);
            using var backend = Open(config, devices, Note, ranks);
            if (ranks is not null)
                Note($"{ranks.Description}: each update is of {ranks.Count} × {config.Training.BatchSize} patches");
            var data = slides.ListPatches(Note, cancel);
            // Before the run has its own memory: both together would be the most it ever takes.
            var secondsPerUpdate = TimeForecast.Measure(config, backend, File.Exists(run.Checkpoint) ? Checkpoint.IterationsOf(run.Checkpoint) : 0);
            using var trainer = new Trainer(config, run, data, backend, progress, usage, team);
            trainer.Start();
            trainer.Gather(cancel);
            foreach (var line in TimeForecast.InWords(config, secondsPerUpdate, trainer.State))
                Note(line);
            ConfigFile.Save(config, run.Config);
            started = true;
            return trainer.Run(cancel);
        }
        catch (OperationCanceledException) when (!started && !File.Exists(run.Config))
        {
            // To go on with, as from any other stop.
            ConfigFile.Save(config, run.Config);
            throw;
        }
        catch (Exception error) when (!started && error is not OperationCanceledException)
        {
            hold.Withdraw();
            throw;
        }
    }
}
