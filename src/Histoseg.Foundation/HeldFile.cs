namespace Histoseg.Foundation;

/// <summary>Files by which programs keep out of each other's way: who has one open has it alone, and a killed program's hold ends with it.</summary>
/// <remarks>
/// On Linux a hold is <c>flock</c>, which the file system may know on one machine alone, or not at all: then every program gets the file. That a file is made
/// by one program only (<see cref="TryCreate"/>) holds on every file system.
/// </remarks>
public static class HeldFile
{
    /// <summary>Opens a file for one alone, making it and its folder where they are missing.</summary>
    /// <returns>The file, held until disposed; null where another has it.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public static FileStream? TryTake(string path) => Open(path, FileMode.OpenOrCreate);

    /// <summary>Makes a file, and its folder where that is missing, and holds it.</summary>
    /// <returns>The file, held until disposed; null where there is one already.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public static FileStream? TryCreate(string path) => Open(path, FileMode.CreateNew);

    /// <summary>Opens a file that is there for one alone.</summary>
    /// <returns>The file, held until disposed; null where another has it, or it is gone.</returns>
    /// <exception cref="WriteError">It cannot be written.</exception>
    public static FileStream? TryTakeExisting(string path) => Open(path, FileMode.Open);

    /// <summary>Whether a program has a file, as far as that is known on this machine. It is only looked at.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1).Dispose();
            return false;
        }
        catch (IOException error)
        {
            return IsHeld(error);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStream? Open(string path, FileMode mode)
    {
        try
        {
            if (mode != FileMode.Open)
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException error) when (IsHeld(error) || mode == FileMode.CreateNew && File.Exists(path)
            || mode == FileMode.Open && error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            throw new WriteError(path, error);
        }
    }

    // A full disk is an IOException too, and no reason to wait: EAGAIN of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
