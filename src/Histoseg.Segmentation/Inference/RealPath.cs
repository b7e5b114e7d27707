namespace Histoseg.Segmentation.Inference;

/// <summary>Where a path really is, once every link in it is followed.</summary>
internal static class RealPath
{
    // As many links as Linux follows in one path.
    private const int MostLinks = 40;

    /// <summary>How paths are compared here: Windows takes names for the same that differ in case alone.</summary>
    public static StringComparer Comparer { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The full path without links; where one leads nowhere or in a circle, it is kept as it is.</summary>
    public static string Of(string path) => Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), MostLinks);

    /// <summary>What is wrong with a file that is a link, in words; null: it is none, or leads to something.</summary>
    public static string? BrokenLink(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not { } target)
            return null;
        try
        {
            if (file.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true })
                return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Told below.
        }
        return $"a link to {target}, which is not there or leads in a circle; mend the link or take it out";
    }

    private static string Of(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        var here = Path.Join(Of(parent, links), Path.GetFileName(path));
        try
        {
            return links > 0 && new DirectoryInfo(here).ResolveLinkTarget(returnFinalTarget: true) is { } target
                ? Of(Path.TrimEndingDirectorySeparator(target.FullName), links - 1)
                : here;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return here;
        }
    }
}
