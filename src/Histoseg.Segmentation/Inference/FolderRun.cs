namespace Histoseg.Segmentation.Inference;

/// <summary>One run's part in an output folder that others may be writing to as well.</summary>
internal sealed class FolderRun : IDisposable
{
    private readonly FileStream _running;

    private FolderRun(FileStream running, string metadataPath, FailureLog failures, DateTime startedOnDisk) =>
        (_running, MetadataPath, Failures, StartedOnDisk) = (running, metadataPath, failures, startedOnDisk);

    /// <summary>The run's record; its name is taken.</summary>
    public string MetadataPath { get; }

    /// <summary>The errors in the folder.</summary>
    public FailureLog Failures { get; }

    /// <summary>When it started, by the disk's clock.</summary>
    public DateTime StartedOnDisk { get; }

    /// <summary>Begins a run. Where no other is at work in the folder, what killed ones left is removed.</summary>
    /// <param name="folder">The output folder; made where missing.</param>
    /// <param name="inputs">Inputs of the run that lead to no slide, and the reason.</param>
    /// <param name="startedUtc">When it started.</param>
    /// <param name="metadataPath">The run's record where it has one already; null: a free name is taken.</param>
    /// <param name="cancellation">Stops waiting for the folder.</param>
    /// <exception cref="WriteError">The folder cannot be written.</exception>
    public static FolderRun Begin(string folder, IEnumerable<(string Input, string Error)> inputs, DateTime startedUtc, string? metadataPath,
        CancellationToken cancellation)
    {
        WriteError.Guard(folder, () => Directory.CreateDirectory(folder));
        using var hold = FolderLock.Take(folder, cancellation);
        var path = Path.Combine(FolderLock.NotesOf(folder), ".running");
        var alone = HeldFile.TryTake(path);
        if (alone is not null)
        {
            alone.Dispose();
            SlideClaim.RemoveDead(folder);
            Leftovers.Remove([folder, FolderLock.NotesOf(folder), .. OutputKinds.All.Select(kind => Path.Combine(folder, kind.Folder))]);
        }
        FileStream? running = null;
        // Runs share it; a run that would have it for itself knows by that whether there are others.
        WriteError.Guard(path, () => running = new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, bufferSize: 1));
        try
        {
            if (metadataPath is null)
            {
                metadataPath = RunMetadata.FreePath(folder, startedUtc);
                WholeFile.WriteText(metadataPath, "{}\n");
            }
            return new(running!, metadataPath, new(folder, hold, alone is not null, inputs), hold.Now());
        }
        catch
        {
            running!.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();
}
