using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Short holds on an output folder, under which programs that share it look at and change what they have in common.</summary>
internal sealed class FolderLock : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromMinutes(5);
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>The folder of notes in an output folder. Those of slides end in <c>.json</c> and <c>.claim</c>, the folder's own have no ending.</summary>
    public static string NotesOf(string folder) => Path.Combine(folder, ".done");

    /// <summary>Takes the folder, waiting for others; they need it for moments only.</summary>
    /// <exception cref="OperationCanceledException">Stopped while waiting.</exception>
    /// <exception cref="WriteError">The folder or the disk does not take the lock.</exception>
    public static FolderLock Take(string folder, CancellationToken cancellation = default)
    {
        // It stays there: a file deleted by the one who gives it up may be held by another already.
        var path = Path.Combine(NotesOf(folder), ".lock");
        for (var waited = TimeSpan.Zero; waited < Patience; waited += Poll)
        {
            if (HeldFile.TryTake(path) is { } file)
                return new(file);
            cancellation.WaitHandle.WaitOne(Poll);
            cancellation.ThrowIfCancellationRequested();
        }
        throw new SlideError($"{path}: another program holds this file and does not give it up; end that program, or choose another output folder");
    }

    /// <summary>
    /// Whether it keeps others out, at least on this machine: some file systems know no locks, and then every program gets it.
    /// </summary>
    public bool Excludes
    {
        get
        {
            using var second = HeldFile.TryTakeExisting(_file.Name);
            return second is null;
        }
    }

    /// <summary>The time of the disk's own clock, which need not be that of this machine.</summary>
    public DateTime Now()
    {
        WriteError.Guard(_file.Name, () =>
        {
            _file.Position = 0;
            _file.WriteByte((byte)'.');
            _file.Flush();
        });
        return File.GetLastWriteTimeUtc(_file.SafeFileHandle);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
