namespace Histoseg.Segmentation.Inference;

/// <summary>
/// The files of a folder at any depth. A folder that was seen already, by whatever links lead to it, is not searched again, and results of
/// earlier runs are left out; what cannot be looked at is told.
/// </summary>
internal sealed class FolderSearch
{
    private readonly List<string> _files = [], _leftOut = [];
    private readonly List<(string Path, string Error)> _failures = [];
    private readonly Func<string, bool> _isWanted;

    /// <summary>Searches.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="enter">Whether a folder below is searched, given its path; null: all are.</param>
    /// <param name="isWanted">Whether a file is one that is looked for, by its path: if it cannot be had, that is told.</param>
    /// <param name="except">A folder that is left out; null: none.</param>
    public FolderSearch(string root, Func<string, bool>? enter, Func<string, bool> isWanted, string? except)
    {
        except = except is null ? null : RealPath.Of(except);
        _isWanted = isWanted;
        var seen = new HashSet<string>(RealPath.Comparer);
        // Links come last, so that what lies in the folder itself is found under its own name.
        var (folders, links) = (new Queue<(string Path, string Real)>(), new Queue<string>());
        folders.Enqueue((root, RealPath.Of(root)));
        while (folders.TryDequeue(out var folder) || Followed(links, out folder))
        {
            if (!seen.Add(folder.Real) || (except is not null && IsIn(except, folder.Real, OperatingSystem.IsWindows())))
                continue;
            var entries = EntriesOf(folder.Path);
            var holdsResults = entries.Any(entry => RunMetadata.IsFileName(entry.Name));
            foreach (var entry in entries)
            {
                var path = Path.Join(folder.Path, entry.Name);
                // What has a name that is none in .NET's eyes cannot be asked for, and has all attributes.
                if (entry.Name.Contains('\uFFFD') && !Path.Exists(path))
                    Fail(path, "its name is not valid UTF-8; rename it", isWanted: entry is DirectoryInfo);
                else if (!entry.Attributes.HasFlag(FileAttributes.Directory))
                    Take(path);
                else if (enter?.Invoke(path) == false)
                    continue;
                else if (holdsResults && OutputKinds.Folders.Contains(entry.Name))
                    _leftOut.Add(path);
                else if (entry.LinkTarget is null)
                    folders.Enqueue((path, Path.Join(folder.Real, entry.Name)));
                else
                    links.Enqueue(path);
            }
        }
        _files.Sort(StringComparer.Ordinal);
    }

    /// <summary>Files with content, sorted.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Folders of results of earlier runs.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>What cannot be looked at, and why.</summary>
    public IReadOnlyList<(string Path, string Error)> Failures => _failures;

    /// <summary>Whether a path is a folder or lies in it.</summary>
    internal static bool IsIn(string folder, string path, bool windows)
    {
        var comparison = windows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.Equals(folder, comparison)
            || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, comparison);
    }

    private static bool Followed(Queue<string> links, out (string Path, string Real) folder)
    {
        var any = links.TryDequeue(out var link);
        folder = any ? (link!, RealPath.Of(link!)) : default;
        return any;
    }

    private List<FileSystemInfo> EntriesOf(string folder)
    {
        try
        {
            // Hidden files are left out, unreadable folders are not.
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { IgnoreInaccessible = false })
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            _failures.Add((folder, $"{folder}: this folder cannot be read: {FileTrouble.InWords(error)}"));
            return [];
        }
    }

    private void Take(string path)
    {
        if (SpecialFile.KindOf(path) is { } kind)
            Fail(path, $"this is {kind}, not a regular file; take it out of the folder");
        else if (RealPath.BrokenLink(path) is { } broken)
            Fail(path, broken);
        else if (File.Exists(path))
            _files.Add(path);
    }

    private void Fail(string path, string why, bool isWanted = false)
    {
        if (isWanted || _isWanted(path))
            _failures.Add((path, $"{path}: {why}"));
    }
}
