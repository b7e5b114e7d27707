namespace Histoseg.GpuCheck;

/// <summary>
/// A tuning file for a run whose times mean nothing, as under a profiler or a sanitizer: it goes with the run, and what
/// others rely on stays as it is.
/// </summary>
internal sealed class TemporaryTuning : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("histoseg-gpucheck-");

    /// <summary>An empty one: every implementation is tried anew.</summary>
    public static TemporaryTuning Empty() => new();

    /// <summary>One with what is known already.</summary>
    /// <param name="known">The file to copy.</param>
    public static TemporaryTuning CopyOf(string known)
    {
        var copy = new TemporaryTuning();
        System.IO.File.Copy(known, copy.File);
        return copy;
    }

    /// <summary>Its path.</summary>
    public string File => Path.Combine(_folder.FullName, "convolutions.jsonl");

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
