using Histoseg.Engine;
using Histoseg.Engine.Devices;
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
    /// <param name="cancel">Stops after the present update, with a checkpoint.</param>
    /// <exception cref="ConfigError">A value is out of its range.</exception>
    /// <exception cref="UserError">Another program trains in the folder, it has a run already and <paramref name="resume"/> is false, data or checkpoint are
    /// missing or wrong, there is not enough memory, the loss diverged, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the checkpoint is written.</exception>
    public static TrainingResult Start(
        TrainConfig config, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, DeviceOpener? devices = null,
        string? usage = null, CancellationToken cancel = default)
    {
        foreach (var issue in config.Validate())
            throw new ConfigError($"{issue.Key} {issue.Message}");
        using var hold = RunLock.TryTake(folder) ?? throw new EngineError($"{folder}: another program trains in this folder"
            + $"{(RunLock.HolderOf(folder) is { } holder ? $" ({holder})" : "")}; wait until it has ended, or choose another folder")
        { Remedy = Remedy.ChooseFolder };
        return StartHeld(config, folder, hold, resume, progress, devices, usage, cancel);
    }

    /// <summary>The same in a folder that the caller has taken; one in which nothing was trained is withdrawn from.</summary>
    internal static TrainingResult StartHeld(
        TrainConfig config, string folder, RunLock hold, bool resume, IProgress<TrainingProgress>? progress, DeviceOpener? devices, string? usage,
        CancellationToken cancel)
    {
        void Note(string line) => progress?.Report(new(0, config.Training.Iterations, 0, double.NaN, double.NaN, null, line));
        var run = new RunFolder(folder);
        var started = false;
        try
        {
            run.Prepare();
            run.RequireStart(config, resume);
            using var slides = TrainingSlides.Open(config, Note, cancel);
            var (device, precision, threads) = (config.Training.Device, config.Training.Precision, config.Training.Threads);
            using var backend = (devices ?? DeviceOpener.OfThisMachine).Open(device, precision, threads, Note);
            var data = slides.ListPatches(Note, cancel);
            // Before the run has its own memory: both together would be the most it ever takes.
            var secondsPerUpdate = TimeForecast.Measure(config, backend, File.Exists(run.Checkpoint) ? Checkpoint.IterationsOf(run.Checkpoint) : 0);
            using var trainer = new Trainer(config, run, data, backend, progress, usage);
            trainer.Start();
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
