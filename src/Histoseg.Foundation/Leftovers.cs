using System.Text.RegularExpressions;

namespace Histoseg.Foundation;

/// <summary>Removes the <c>name.partial-…</c> files of a program that was killed while it wrote them.</summary>
public static partial class Leftovers
{
    private const string Mark = ".partial-";
    private const int Digits = 8;

    /// <summary>A new name of this kind for a file that is to be put at a path, beside it.</summary>
    public static string NameBeside(string path)
    {
        var ending = $"{Mark}{Guid.NewGuid():N}"[..(Mark.Length + Digits)];
        return Path.Join(Path.GetDirectoryName(path), FileNameLength.Cut(Path.GetFileName(path), FileNameLength.Longest - ending.Length) + ending);
    }

    /// <summary>Whether a file is, by its name, one that was not finished.</summary>
    public static bool Is(string path) => Ending().IsMatch(path);

    /// <summary>Looks into folders, not into those below them. Files that a running program still writes stay.</summary>
    public static void Remove(params IEnumerable<string> folders) =>
        RemoveFiles(folders.Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, $"*{Mark}*")));

    /// <summary>Looks only for what was to become one of these files.</summary>
    public static void RemoveOf(params IEnumerable<string> files) => RemoveFiles(files.Where(file => Directory.Exists(Path.GetDirectoryName(file)))
        .SelectMany(file => Directory.GetFiles(Path.GetDirectoryName(file)!, $"*{Mark}*")
            .Where(found => found.StartsWith(file + Mark, StringComparison.Ordinal))));

    private static void RemoveFiles(IEnumerable<string> files)
    {
        foreach (var file in files.Where(Is))
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
