namespace Histoseg.Foundation;

/// <summary>Files by which programs keep out of each other's way: who has one open has it alone, and a killed program's hold ends with it.</summary>
public static class HeldFile
{
    /// <summary>Opens a file for one alone, making it and its folder where they are missing.</summary>
    /// <returns>The file, held until disposed; null where another has it.</returns>
    /// <exception cref="WriteError">The folder or the disk does not take it.</exception>
    public static FileStream? TryTake(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
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

    // A full disk is an IOException too, and no reason to wait: EAGAIN of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
