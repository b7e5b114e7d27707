namespace Histoseg.Segmentation.Tests;

/// <summary>Finds the reference values kept beside the project.</summary>
internal static class SharedData
{
    /// <summary>The folder <c>shared/<paramref name="relative"/></c> in or beside a folder above the tests, or null.</summary>
    public static string? Find(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", relative);
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
