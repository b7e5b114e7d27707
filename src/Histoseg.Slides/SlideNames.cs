using System.Security.Cryptography;
using System.Text;

namespace Histoseg.Slides;

/// <summary>Names output files after slides.</summary>
internal static class SlideNames
{
    // What is put behind a name: the extensions of outputs, and those of files that are being written.
    private const int LongestEnding = 40;

    /// <summary>
    /// The names of slides' output files, without extension: the slide's own name without extension. Slides of one name get their
    /// extension added where they lie in the same folder (<c>a_svs</c>, <c>a_tif</c>), else as many parent folders in front as tell
    /// them apart (<c>patient1_a</c>, <c>patient2_a</c>). A name too long for the file system is cut and gets a number made of all of it.
    /// </summary>
    /// <param name="paths">Slides, none twice.</param>
    /// <returns>One name per path, in order.</returns>
    /// <exception cref="SlideError">Two slides cannot be told apart, because their paths differ only in case.</exception>
    public static IReadOnlyList<string> Unique(IReadOnlyList<string> paths)
    {
        // File systems differ in whether case counts; names that differ in more than case are safe on all of them.
        var comparer = StringComparer.OrdinalIgnoreCase;
        var full = paths.Select(Path.GetFullPath).ToArray();
        var siblings = full.CountBy(path => Path.Join(Path.GetDirectoryName(path), Path.GetFileNameWithoutExtension(path)), comparer).ToDictionary(comparer);
        var own = full.Select(path => siblings[Path.Join(Path.GetDirectoryName(path), Path.GetFileNameWithoutExtension(path))] > 1
            ? $"{Path.GetFileNameWithoutExtension(path)}_{Path.GetExtension(path).TrimStart('.')}"
            : Path.GetFileNameWithoutExtension(path)).ToArray();
        var folders = full.Select(path => (Path.GetDirectoryName(path) ?? "")
            .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar, ':'], StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var depth = new int[full.Length];
        while (true)
        {
            var names = own.Select((name, i) => string.Join('_', [.. folders[i].TakeLast(depth[i]), name])).ToArray();
            var clash = names.Select((name, i) => (name, i)).GroupBy(pair => pair.name, pair => pair.i, comparer).FirstOrDefault(group => group.Count() > 1);
            if (clash is null)
                return [.. names.Select(Short)];
            var members = clash.ToArray();
            if (members.All(i => depth[i] >= folders[i].Length))
                throw new SlideError($"{paths[members[0]]} and {paths[members[1]]}: their output files would have the same name; rename one of them");
            foreach (var i in members)
                depth[i]++;
        }
    }

    private static string Short(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= FileNameLength.Longest - LongestEnding)
            return name;
        var number = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..12];
        return $"{FileNameLength.Cut(name, FileNameLength.Longest - LongestEnding - number.Length - 1)}~{number}";
    }
}
