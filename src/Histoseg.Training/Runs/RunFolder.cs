using Histoseg.Engine;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>The files of a run.</summary>
/// <param name="Path">The run folder.</param>
internal sealed record RunFolder(string Path)
{
    /// <summary>The best model by validation.</summary>
    public string Best => In("model");

    /// <summary>The last model.</summary>
    public string Last => In("model-last");

    /// <summary>What a stopped run goes on from.</summary>
    public string Checkpoint => In("last.ckpt");

    /// <summary>The curves.</summary>
    public string Metrics => In("metrics.csv");

    /// <summary>The report.</summary>
    public string Report => In("report.html");

    /// <summary>The resolved config.</summary>
    public string Config => In("config.yaml");

    /// <summary>The best model's label maps of the validation slides.</summary>
    public string LabelMaps => In("validation");

    /// <summary>Makes the folder, and removes what a killed program left half written.</summary>
    /// <exception cref="WriteError">The folder cannot be made.</exception>
    public void Prepare()
    {
        WriteError.Guard(Path, () => Directory.CreateDirectory(Path));
        Leftovers.Remove(Path, Best, Last, LabelMaps);
    }

    /// <summary>Makes sure that a run can begin here, or go on, as far as its files tell without a network.</summary>
    /// <param name="config">What to train.</param>
    /// <param name="resume">Go on from the checkpoint, if there is one.</param>
    /// <exception cref="EngineError">There is a run already and <paramref name="resume"/> is false, its checkpoint does not fit, or what
    /// <c>network.pretrained</c> names does not.</exception>
    public void RequireStart(TrainConfig config, bool resume)
    {
        if (File.Exists(Checkpoint))
        {
            if (!resume)
                throw new EngineError($"{Path}: there is a run already; go on with it, or choose another folder") { Remedy = Remedy.Resume };
            Runs.Checkpoint.RequireFits(Checkpoint, config);
        }
        else
            Pretrained.RequireFits(config);
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
