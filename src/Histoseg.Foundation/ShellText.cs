namespace Histoseg.Foundation;

/// <summary>Text to be pasted into a shell.</summary>
public static class ShellText
{
    /// <summary>A path as an argument.</summary>
    public static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
