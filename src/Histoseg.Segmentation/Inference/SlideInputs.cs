using System.IO.Enumeration;
using Histoseg.Slides.Opening;

namespace Histoseg.Segmentation.Inference;

/// <summary>Finds the slides meant by files, folders and patterns.</summary>
internal static class SlideInputs
{
    /// <summary>Lists slides in the order of the inputs, sorted within each folder and pattern, none twice.</summary>
    /// <param name="inputs">
    /// Files (taken whatever their extension); folders (searched to any depth for the extensions of slides and pictures, leaving out
    /// pictures named <c>*.mask.*</c> or <c>*_mask.*</c>); patterns with <c>*</c>, <c>?</c> and <c>**</c>.
    /// </param>
    /// <param name="except">A folder to leave out, such as the output folder inside the folder searched; null: none.</param>
    /// <returns>Slides, and inputs that lead to none with the reason.</returns>
    public static (IReadOnlyList<string> Slides, IReadOnlyList<(string Input, string Error)> Unmatched) Find(IEnumerable<string> inputs, string? except = null)
    {
        var slides = new List<string>();
        var unmatched = new List<(string, string)>();
        var seen = new HashSet<string>(Comparer(OperatingSystem.IsWindows()));
        var excluded = except is null ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(except)) + Path.DirectorySeparatorChar;
        foreach (var input in inputs)
        {
            IEnumerable<string> found;
            string missing;
            if (File.Exists(input))
                (found, missing) = ([input], "");
            else if (Directory.Exists(input))
                (found, missing) = (InFolder(input), $"{input}: no slides in this folder ({string.Join(' ', SlideFile.Extensions)})");
            else if (input.AsSpan().ContainsAny('*', '?'))
                (found, missing) = (Matching(input), $"{input}: no file matches this pattern");
            else
                (found, missing) = ([], $"{input}: no such file or folder");

            List<string> usable;
            try
            {
                var all = found.ToList();
                usable = [.. all.Where(path => excluded is null || !IsIn(excluded, Path.GetFullPath(path), OperatingSystem.IsWindows()))];
                if (all.Count > 0)
                    missing = $"{input}: its slides lie in the output folder {except}, where results are not taken for slides; choose another output folder";
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                (usable, missing) = ([], $"{input}: {error.Message}");
            }
            if (usable.Count == 0)
                unmatched.Add((input, missing));
            slides.AddRange(usable.Where(path => seen.Add(Path.GetFullPath(path))));
        }
        return (slides, unmatched);
    }

    /// <summary>Whether a file lies in a folder, which ends with a separator.</summary>
    internal static bool IsIn(string folder, string file, bool windows) =>
        file.StartsWith(folder, windows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    /// <summary>Whether the parts of a path are what the parts of a pattern ask for.</summary>
    internal static bool Matches(ReadOnlySpan<string> path, ReadOnlySpan<string> pattern, bool windows)
    {
        if (pattern.IsEmpty)
            return path.IsEmpty;
        if (pattern[0] == "**")
            return Matches(path, pattern[1..], windows) || (!path.IsEmpty && Matches(path[1..], pattern, windows));
        return !path.IsEmpty
            && FileSystemName.MatchesSimpleExpression(pattern[0], path[0], ignoreCase: windows)
            && Matches(path[1..], pattern[1..], windows);
    }

    // What Windows takes for one file, whatever the case of its name.
    private static StringComparer Comparer(bool windows) => windows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private static readonly EnumerationOptions _deep = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    private static IEnumerable<string> InFolder(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", _deep).Where(IsSlide).Order(StringComparer.Ordinal).ToList();
        // A Hamamatsu .vms or .vmu is the index of a set of pictures beside it.
        var indexed = files.Where(file => Path.GetExtension(file).ToLowerInvariant() is ".vms" or ".vmu").Select(Path.GetDirectoryName).ToHashSet();
        return files.Where(file => !indexed.Contains(Path.GetDirectoryName(file))
            || !Path.GetExtension(file).Equals(".jpg", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsSlide(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return SlideFile.Extensions.Contains(Path.GetExtension(path))
            && !stem.EndsWith(".mask", StringComparison.OrdinalIgnoreCase)
            && !stem.EndsWith("_mask", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> Matching(string pattern)
    {
        var parts = pattern.Replace(Path.DirectorySeparatorChar, '/').Split('/');
        var fixedParts = parts.TakeWhile(part => !part.AsSpan().ContainsAny('*', '?')).Count();
        var root = string.Join('/', parts[..fixedParts]);
        if (root.Length == 0)
            root = fixedParts > 0 ? "/" : ".";
        if (!Directory.Exists(root))
            return [];
        var wanted = parts[fixedParts..];
        return Directory.EnumerateFiles(root, "*", _deep)
            .Where(file => Matches(Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/').Split('/'), wanted, OperatingSystem.IsWindows()))
            .Order(StringComparer.Ordinal)
            .ToList();
    }
}
