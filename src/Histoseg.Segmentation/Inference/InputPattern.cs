using System.IO.Enumeration;

namespace Histoseg.Segmentation.Inference;

/// <summary>A pattern of files, with <c>*</c>, <c>?</c> and <c>**</c>.</summary>
internal sealed class InputPattern
{
    private readonly string _root;
    private readonly string[] _wanted;

    /// <summary>Takes a pattern apart.</summary>
    public InputPattern(string pattern)
    {
        var parts = pattern.Replace(Path.DirectorySeparatorChar, '/').Split('/');
        var fixedParts = parts.TakeWhile(part => !part.AsSpan().ContainsAny('*', '?')).Count();
        var root = string.Join('/', parts[..fixedParts]);
        _root = root.Length > 0 ? root : fixedParts > 0 ? "/" : ".";
        _wanted = parts[fixedParts..];
    }

    /// <summary>Looks into the folders that can hold such files; null: there are none.</summary>
    public FolderSearch? Search(string? except) => Directory.Exists(_root) ? new(_root, Leads, Takes, except) : null;

    /// <summary>Whether a file is meant.</summary>
    public bool Takes(string file) => Matches(PartsOf(file), _wanted, OperatingSystem.IsWindows());

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

    private string[] PartsOf(string path) => Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/').Split('/');

    // A folder that no file of the pattern can lie in is not looked into: it may be large, or not ours to read.
    private bool Leads(string folder)
    {
        var parts = PartsOf(folder);
        var given = _wanted.TakeWhile(part => part != "**").Count();
        return given < _wanted.Length && parts.Length >= given
            ? Matches(parts.AsSpan(0, given), _wanted.AsSpan(0, given), OperatingSystem.IsWindows())
            : parts.Length < _wanted.Length && Matches(parts, _wanted.AsSpan(0, parts.Length), OperatingSystem.IsWindows());
    }
}
