using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>The output folder cannot be written or the disk is full: a reason to stop a whole batch, where a bad slide is not.</summary>
public sealed class OutputError : SlideError
{
    /// <summary>An error with the file or folder that cannot be written, and what the system said.</summary>
    public OutputError(string path, Exception cause)
        : base($"{path}: cannot be written ({Root(cause)!.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}); make room or choose another output folder", cause) => CannotWrite = true;

    /// <summary>Whether an exception, or what caused it, is the disk's or the folder's fault.</summary>
    internal static bool Is(Exception error) => Root(error) is not null;

    private static Exception? Root(Exception? error) => error is null or IOException or UnauthorizedAccessException ? error : Root(error.InnerException);
}
