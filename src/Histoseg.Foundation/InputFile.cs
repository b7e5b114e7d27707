namespace Histoseg.Foundation;

/// <summary>
/// Files that others made, opened for reading. Folders, pipes, sockets and devices are refused, for a pipe could be waited for and a device be read for ever.
/// </summary>
/// <remarks>What is thrown is the file system's; <see cref="FileTrouble.InWords"/> tells it.</remarks>
public static class InputFile
{
    /// <summary>Opens a file. Other programs may replace it meanwhile.</summary>
    /// <exception cref="UnusableFile">It is no file with content.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission.</exception>
    public static FileStream Open(string path) =>
        path.Length == 0 || path.Contains('\0') ? throw new UnusableFile(path, "this is no path; give a file")
        : Directory.Exists(path) ? throw new UnusableFile(path, "this is a folder; give a file")
        : SpecialFile.KindOf(path) is { } kind ? throw new UnusableFile(path, $"this is {kind}, not a regular file; give a regular file")
        : new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="UnusableFile">It is no file with content.</exception>
    /// <exception cref="IOException">It is missing, cannot be read, or is of 2 GB or more.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = Open(path);
        if (file.Length > Array.MaxLength)
            throw new UnusableFile(path, "it is larger than 2 GB; give a smaller file");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
