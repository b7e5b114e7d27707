using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// The claim <c>.done/&lt;slide&gt;.claim</c> of a program that is at work on a slide: the file is held open, and on other machines its
/// time tells that it still is. What a killed program leaves is taken over.
/// </summary>
internal sealed class SlideClaim : IDisposable
{
    /// <summary>How old the sign of life of a program on another machine may be.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly string _folder;
    private readonly FileStream _file;
    private readonly byte[] _text;
    private readonly Timer _beat;
    private readonly Lock _lock = new();
    private bool _disposed;

    private SlideClaim(string folder, FileStream file, string slide)
    {
        (_folder, _file) = (folder, file);
        _text = JsonSerializer.SerializeToUtf8Bytes(new Owner(Environment.MachineName, Environment.ProcessId, DateTime.UtcNow, slide), RunMetadata.Json);
        Beat();
        _beat = new(_ => TryBeat(), null, Lifetime / 5, Lifetime / 5);
    }

    /// <summary>Where the claim on a slide lies.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(FolderLock.NotesOf(folder), name + ".claim");

    /// <summary>Claims a slide.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="name">The name of the slide's outputs.</param>
    /// <param name="slide">The slide.</param>
    /// <param name="cancellation">Stops waiting for the folder.</param>
    /// <returns>The claim, given up when disposed; null where another program that is alive has it.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take the claim.</exception>
    public static SlideClaim? TryTake(string folder, string name, string slide, CancellationToken cancellation)
    {
        using var hold = FolderLock.Take(folder, cancellation);
        if (HeldFile.TryTake(PathOf(folder, name)) is not { } file)
            return null;
        if (IsFromElsewhere(file) && hold.Now() - File.GetLastWriteTimeUtc(file.SafeFileHandle) < Lifetime)
        {
            file.Dispose();
            return null;
        }
        return new(folder, file, slide);
    }

    /// <summary>Removes the claims that killed programs of this machine left; the caller has the folder's lock.</summary>
    public static void RemoveDead(string folder)
    {
        foreach (var path in Directory.GetFiles(FolderLock.NotesOf(folder), "*.claim"))
        {
            using var file = HeldFile.TryTake(path);
            if (file is null || IsFromElsewhere(file))
                continue;
            file.Dispose();
            WriteError.Guard(path, () => File.Delete(path));
        }
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
            File.Delete(_file.Name);
        }
        catch (Exception error) when (error is UserError or IOException or UnauthorizedAccessException)
        {
            // Left there, it is one that nobody holds.
        }
        _file.Dispose();
    }

    // Held by nobody on this machine. On a disk shared by several that does not say that nobody has it.
    private static bool IsFromElsewhere(FileStream file)
    {
        try
        {
            return file.Length > 0 && JsonSerializer.Deserialize<Owner>(file, RunMetadata.Json) is { Host: { } host } && host != Environment.MachineName;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Beat() => WriteError.Guard(_file.Name, () =>
    {
        _file.SetLength(_text.Length);
        _file.Position = 0;
        _file.Write(_text);
        _file.Flush();
    });

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

    /// <summary>Who has a slide, for a person who looks, and for other machines.</summary>
    private sealed record Owner(string Host, int Process, DateTime Since, string Slide);
}
