using System.Text.RegularExpressions;

namespace Histoseg.Segmentation;

/// <summary>Removes the <c>name.partial-…</c> files of a program that was killed while it wrote them.</summary>
internal static partial class Leftovers
{
    /// <summary>Looks into folders, not into those below them. Files that a running program still writes stay.</summary>
    public static void Remove(params IEnumerable<string> folders)
    {
        foreach (var file in folders.Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, "*.partial-*")).Where(file => Ending().IsMatch(file)))
        {
            try
            {
                // Writers hold their file exclusively, so this fails for one that is still at work.
                new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use, or not ours to delete: its name says what it is.
            }
        }
    }

    [GeneratedRegex(@"\.partial-[0-9a-f]+$")]
    private static partial Regex Ending();
}
