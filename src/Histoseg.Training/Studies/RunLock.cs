namespace Histoseg.Training.Studies;

/// <summary>Keeps two programs from writing one folder at once: tables of a study share runs and folds, and may be made side by side.</summary>
internal static class RunLock
{
    /// <summary>Its file in the folder. It stays there: a file deleted by the one who gives it up may be held by another already.</summary>
    public const string File = "run.lock";

    /// <summary>How often one who waits looks again.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    /// <summary>Takes a folder until disposed, making it where it is not there; a killed program's hold ends with it.</summary>
    /// <returns>Null where another program has it.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public static IDisposable? TryTake(string folder)
    {
        var path = Path.Combine(folder, File);
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException error) when (IsHeld(error))
        {
            return null;
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            throw new WriteError(path, error);
        }
    }

    /// <summary>The same, waiting for a program that has it.</summary>
    public static IDisposable Take(string folder, CancellationToken cancel)
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

    // A full disk is an IOException too, and no reason to wait: EAGAIN of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
