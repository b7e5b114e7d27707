namespace Histoseg.Tests;

/// <summary>Finds real slides and annotations kept beside the project; tests that want them skip where they are absent.</summary>
internal static class SharedData
{
    /// <summary>The file or folder <c>shared/<paramref name="relative"/></c> in or beside a folder above the tests, or null.</summary>
    public static string? Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", relative);
            if (Path.Exists(candidate))
                return candidate;
        }
        return null;
    }

    /// <summary>The full path of a file or folder under shared/data; skips the test where it is absent.</summary>
    public static string Require(params string[] parts)
    {
        var path = Find(Path.Combine(["data", .. parts]));
        Skip.If(path is null, $"shared/data/{string.Join('/', parts)} is not here");
        return path;
    }
}
