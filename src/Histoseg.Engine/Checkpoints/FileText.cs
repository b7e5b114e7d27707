namespace Histoseg.Engine.Checkpoints;

/// <summary>Names out of files that others made.</summary>
internal static class FileText
{
    /// <summary>Names in a hostile file may hold line breaks or be megabytes long.</summary>
    /// <param name="text">Text of the file.</param>
    /// <param name="most">As many of its characters are kept.</param>
    public static string OneLine(string text, int most = 300) =>
        new([.. text.Take(most).Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c), .. text.Length > most ? "…" : ""]);
}
