namespace Histoseg.Foundation;

/// <summary>A path leads to something that is no file with content, such as a folder or a pipe.</summary>
/// <param name="path">The path.</param>
/// <param name="message">What it is and what to do, without the path: what <see cref="FileTrouble.InWords"/> says.</param>
public sealed class UnusableFile(string path, string message) : IOException(message)
{
    /// <summary>The path.</summary>
    public string Path { get; } = path;
}
