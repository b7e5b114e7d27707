using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// The claim of a program that is at work on a slide. The file <c>.done/&lt;slide&gt;.claim</c> is made by one program alone, which any file system grants; it
/// is held open, and its time tells other machines that the program still is. What a killed program leaves is taken over.
/// <c>.done/&lt;slide&gt;.progress</c> tells how far it is.
/// </summary>
internal sealed class SlideClaim : IProgress<SlideProgress>, IDisposable
{
    /// <summary>How old the sign of life of a program on another machine may be.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>How often a sign of life is given.</summary>
    internal static readonly TimeSpan Beats = TimeSpan.FromSeconds(15);

    private readonly string _folder, _name;
    private readonly FileStream _file;
    private readonly ITimer _beat;
    private readonly Lock _lock = new();
    private ClaimNote _note;
    private bool _disposed;

    private SlideClaim(string folder, string name, FileStream file, string slide, TimeProvider clock)
    {
        (_folder, _name, _file, _note) = (folder, name, file, ClaimNote.Mine(slide));
        try
        {
            Beat();
        }
        catch
        {
            // Without a name in it, others would have to wait for it.
            _file.Dispose();
            File.Delete(_file.Name);
            throw;
        }
        _beat = clock.CreateTimer(_ => TryBeat(), null, Beats, Beats);
    }

    /// <summary>Whether a program that is gone had it before, which may have left unfinished files.</summary>
    public bool IsTakenOver { get; private init; }

    /// <summary>Where the claim on a slide lies.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(FolderLock.NotesOf(folder), name + ClaimState.Ending);

    /// <summary>Where its progress is told.</summary>
    public static string ProgressPathOf(string folder, string name) => Path.Combine(FolderLock.NotesOf(folder), name + ".progress");

    /// <summary>Claims a slide.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="name">The name of the slide's outputs.</param>
    /// <param name="slide">The slide.</param>
    /// <param name="cancellation">Stops waiting for the folder.</param>
    /// <param name="clock">Tells when signs of life are due; null: the system does.</param>
    /// <returns>The claim, given up when disposed; null where another program that is alive has it.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take the claim.</exception>
    public static SlideClaim? TryTake(string folder, string name, string slide, CancellationToken cancellation, TimeProvider? clock = null)
    {
        using var hold = FolderLock.Take(folder, cancellation);
        var file = HeldFile.TryCreate(PathOf(folder, name));
        var isFree = file is not null;
        if (file is null && ClaimState.Look(folder, name, hold) is { IsDead: true } dead && dead.TryRemove())
            file = HeldFile.TryCreate(PathOf(folder, name));
        return file is null ? null : new(folder, name, file, slide, clock ?? TimeProvider.System) { IsTakenOver = !isFree };
    }

    /// <summary>Notes how far the slide is; it is written with the next sign of life.</summary>
    public void Report(SlideProgress value)
    {
        lock (_lock)
            _note = _note with { Share = value.Share, PatchesPerSecond = value.PatchesPerSecond };
    }

    /// <summary>Gives the slide up: it is done, or will not be done here.</summary>
    public void Dispose()
    {
        _beat.Dispose();
        lock (_lock)
            _disposed = true;
        try
        {
            using var hold = FolderLock.Take(_folder);
            _file.Dispose();
            // A program that slept too long may have lost it to another.
            if (ClaimState.Look(_folder, _name, hold) is { IsHeld: false } mine && mine.Note?.Token == _note.Token)
                mine.TryRemove();
        }
        catch (Exception error) when (error is UserError or IOException or UnauthorizedAccessException)
        {
            // Left there, it is one that nobody holds.
        }
        _file.Dispose();
    }

    // Flushed to the disk, else a network file system tells other machines of it when it likes.
    private void Beat()
    {
        WriteError.Guard(_file.Name, () =>
        {
            var text = JsonSerializer.SerializeToUtf8Bytes(_note, RunMetadata.Json);
            _file.Position = 0;
            _file.Write(text);
            _file.SetLength(text.Length);
            _file.Flush(flushToDisk: true);
        });
        WholeFile.WriteText(ProgressPathOf(_folder, _name), JsonSerializer.Serialize(_note, RunMetadata.Json));
    }

    private void TryBeat()
    {
        lock (_lock)
        {
            try
            {
                if (!_disposed)
                    Beat();
            }
            catch (WriteError)
            {
                // The slide's own files meet the same trouble, and tell it.
            }
        }
    }
}
