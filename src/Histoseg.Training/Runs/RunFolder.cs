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

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
