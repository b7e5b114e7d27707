using Histoseg.Engine.Devices;
using Histoseg.Training.Config;
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
    /// <c>config.yaml</c>, the resolved config. A run stopped in any way, killed included, goes on to the same bits.
    /// </remarks>
    /// <param name="config">What to train; sound, see <see cref="TrainConfig.Validate"/>.</param>
    /// <param name="folder">The run folder; made where it is not there.</param>
    /// <param name="resume">Go on from the folder's checkpoint; without one the run starts anew.</param>
    /// <param name="progress">Told after every update and validation, on the calling thread.</param>
    /// <param name="devices">Opens the device the config names; null: among those of this machine.</param>
    /// <param name="usage">What the models' cards tell of using them, in Markdown; null: nothing.</param>
    /// <param name="cancel">Stops after the present update, with a checkpoint.</param>
    /// <exception cref="ConfigError">A value is out of its range.</exception>
    /// <exception cref="UserError">The folder has a run already and <paramref name="resume"/> is false, data or checkpoint are missing or wrong, there is
    /// not enough memory, the loss diverged, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the checkpoint is written.</exception>
    public static TrainingResult Start(
        TrainConfig config, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null, DeviceOpener? devices = null,
        string? usage = null, CancellationToken cancel = default)
    {
        foreach (var issue in config.Validate())
            throw new ConfigError($"{issue.Key} {issue.Message}");
        using var trainer = new Trainer(config, folder, progress, devices, usage);
        trainer.Start(resume);
        ConfigFile.Save(config, new RunFolder(folder).Config);
        return trainer.Run(cancel);
    }
}
