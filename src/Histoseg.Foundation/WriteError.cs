namespace Histoseg.Foundation;

/// <summary>
/// A file or folder cannot be written: the disk's or the folder's fault, so whatever is written next meets it too. It stops a whole batch, where
/// a bad slide does not.
/// </summary>
public sealed class WriteError : UserError
{
    /// <summary>An error with the file or folder that cannot be written, and what was thrown.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cause">What was thrown; of nested ones the outermost of the file system counts.</param>
    public WriteError(string path, Exception cause) : base(
        $"{path}: cannot be written: {FileTrouble.InWords(cause)}, or choose another output folder", cause) => Remedy = Remedy.ChooseFolder;

    /// <summary>Whether an exception, or what caused it, is the file system's and has not been told as a <see cref="WriteError"/> yet.</summary>
    public static bool Is(Exception error) => error is not WriteError && FileTrouble.Root(error) is not null;

    /// <summary>Does something to a file or folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="action">What is done to it.</param>
    /// <exception cref="WriteError">The file system refused it; see <see cref="Is"/>.</exception>
    public static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (Is(error))
        {
            throw new WriteError(path, error);
        }
    }
}
