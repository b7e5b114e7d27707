namespace Histoseg.Slides.Tests;

/// <summary>Finds real data kept beside the project; tests that want it skip where it is absent.</summary>
public static class SharedData
{
    /// <summary>The full path of a file or folder under shared/data; skips the test where it is absent.</summary>
    public static string Require(params string[] parts)
    {
        string relative = Path.Combine(parts);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data", relative);
            if (Path.Exists(candidate))
                return candidate;
        }
        Skip.If(true, $"shared/data/{relative.Replace('\\', '/')} is not here");
        throw new InvalidOperationException();
    }
}
