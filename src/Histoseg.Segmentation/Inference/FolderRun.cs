namespace Histoseg.Segmentation.Inference;

/// <summary>One run's part in an output folder that others may be writing to as well.</summary>
internal sealed class FolderRun : IDisposable
{
    private readonly FileStream _running;

    private FolderRun(FileStream running, string metadataPath, FailureLog failures, FolderLock hold) =>
        (_running, MetadataPath, Failures, StartedOnDisk, HasLocks) = (running, metadataPath, failures, hold.Now(), hold.Excludes);

    /// <summary>The run's record; its name is taken.</summary>
    public string MetadataPath { get; }

    /// <summary>The errors in the folder.</summary>
    public FailureLog Failures { get; }

    /// <summary>When it started, by the disk's clock.</summary>
    public DateTime StartedOnDisk { get; }

    /// <summary>Whether the disk knows locks; if not, programs know of each other by their signs of life alone.</summary>
    public bool HasLocks { get; }

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
        var unshared = HeldFile.TryTake(path);
        unshared?.Dispose();
        // Other machines' programs may not be known by locks; then they are by their claims.
        var isAlone = unshared is not null && hold.Excludes && ClaimState.All(folder, hold).All(claim => claim.IsDead && claim.TryRemove());
        if (isAlone)
            Leftovers.Remove([folder, FolderLock.NotesOf(folder), .. OutputKinds.All.Select(kind => Path.Combine(folder, kind.Folder))]);
        FileStream? running = null;
        // Runs share it; a run that would have it for itself knows by that whether there are others.
        WriteError.Guard(path, () => running = new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, bufferSize: 1));
        try
        {
            metadataPath ??= RunMetadata.TakePath(folder, startedUtc);
            return new(running!, metadataPath, new(folder, hold, isAlone, inputs), hold);
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
