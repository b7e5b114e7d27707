namespace Histoseg.Engine.Checkpoints;

/// <summary>Names out of files that others made.</summary>
internal static class FileText
{
    private const int Most = 300;

    /// <summary>Names in a hostile file may hold line breaks or be megabytes long.</summary>
    public static string OneLine(string text) =>
        new([.. text.Take(Most).Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c), .. text.Length > Most ? "…" : ""]);
}
