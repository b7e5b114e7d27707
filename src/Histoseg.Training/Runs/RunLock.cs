using System.Globalization;

namespace Histoseg.Training.Runs;

/// <summary>A folder that only this program writes to until it is disposed; a killed program's hold ends with it.</summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>Its file in the folder. It stays there: a file deleted by the one who gives it up may be held by another already.</summary>
    public const string File = "run.lock";

    /// <summary>How often one who waits looks again.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    // Who holds it. The locked file itself can be read by nobody else.
    private const string Holder = "run.holder";

    private readonly string _folder;
    private readonly FileStream _file;
    private readonly bool _isNew;
    private readonly IReadOnlyList<string> _made;

    private RunLock(string folder, FileStream file, bool isNew, IReadOnlyList<string> made) => (_folder, _file, _isNew, _made) = (folder, file, isNew, made);

    /// <summary>Whether a file is one of a lock's, by its name.</summary>
    public static bool IsOwn(string path) => Path.GetFileName(path) is File or Holder;

    /// <summary>Takes a folder until disposed, making it where it is not there.</summary>
    /// <returns>Null where another program has it.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public static RunLock? TryTake(string folder)
    {
        var path = Path.Combine(folder, File);
        var made = Missing(folder);
        var isNew = !System.IO.File.Exists(path);
        if (HeldFile.TryTake(path) is not { } file)
            return null;
        var held = new RunLock(folder, file, isNew, made);
        // Withdrawn between opening and locking: what is held is no file of the folder any more.
        if (!System.IO.File.Exists(path))
        {
            held.Dispose();
            return TryTake(folder);
        }
        held.Sign();
        return held;
    }

    /// <summary>The same, waiting for a program that has it.</summary>
    public static RunLock Take(string folder, CancellationToken cancel)
    {
        for (; ; )
        {
            if (TryTake(folder) is { } held)
                return held;
            Wait(cancel);
        }
    }

    /// <summary>Waits until it is time to look again.</summary>
    public static void Wait(CancellationToken cancel)
    {
        cancel.WaitHandle.WaitOne(Poll);
        cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Who holds a folder: <c>process 123 on host since …</c>; null where that cannot be told.</summary>
    public static string? HolderOf(string folder)
    {
        try
        {
            return System.IO.File.ReadLines(Path.Combine(folder, Holder)).FirstOrDefault();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Gives the folder up as it was before: without the lock's files and, where nothing else is in them, without the folders that were made for it.
    /// </summary>
    public void Withdraw()
    {
        // Deleted while it is held, so that nobody loses a hold taken just now; Windows deletes no file that is open, and none that another holds.
        var path = Path.Combine(_folder, File);
        if (_isNew && !OperatingSystem.IsWindows())
            Try(() => System.IO.File.Delete(path));
        Dispose();
        Try(() =>
        {
            if (_isNew && OperatingSystem.IsWindows())
                System.IO.File.Delete(path);
            // Not what somebody else has put there meanwhile.
            foreach (var folder in _made)
                Directory.Delete(folder, recursive: false);
        });
    }

    /// <summary>Gives the folder up.</summary>
    public void Dispose()
    {
        if (_file.SafeFileHandle.IsClosed)
            return;
        Try(() => System.IO.File.Delete(Path.Combine(_folder, Holder)));
        _file.Dispose();
    }

    private void Sign() => Try(() => System.IO.File.WriteAllText(Path.Combine(_folder, Holder), string.Create(CultureInfo.InvariantCulture,
        $"process {Environment.ProcessId} on {Environment.MachineName} since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC\n")));

    // The name is for messages alone: a disk that does not take it is told of by what is written next.
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What stays behind says by its name what it is.
        }
    }

    // The folders that are not there yet, innermost first.
    private static List<string> Missing(string folder)
    {
        var missing = new List<string>();
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        for (; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
            missing.Add(path);
        return missing;
    }
}
