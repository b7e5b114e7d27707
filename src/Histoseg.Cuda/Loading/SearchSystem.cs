using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Histoseg.Cuda;

/// <summary>What a search for libraries asks of the machine, so that the order of places can be tested for any of them.</summary>
/// <param name="IsWindows">Whether paths and names are those of Windows.</param>
/// <param name="Rid">NuGet's name of the platform: linux-x64, win-x64.</param>
/// <param name="Program">The program's folder.</param>
/// <param name="Variable">An environment variable; null or empty if it is not set.</param>
/// <param name="Entries">Names in a folder that match a pattern with stars; none where there is no such folder. The second flag asks for files
/// instead of folders.</param>
internal sealed partial record SearchSystem(bool IsWindows, string Rid, string Program, Func<string, string?> Variable,
    Func<string, string, bool, IEnumerable<string>> Entries)
{
    /// <summary>The machine at hand.</summary>
    internal static SearchSystem Current { get; } = new(OperatingSystem.IsWindows(),
        $"{(OperatingSystem.IsWindows() ? "win" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}",
        AppContext.BaseDirectory.TrimEnd('/', '\\'), Environment.GetEnvironmentVariable, List);

    /// <summary>Entries of a folder, the highest version first: numbers in names compare as numbers (3.12 before 3.9).</summary>
    internal IEnumerable<string> Newest(string folder, string pattern, bool files) =>
        Entries(folder, pattern, files).OrderByDescending(name => Digits().Replace(name, match => match.Value.PadLeft(9, '0')), StringComparer.Ordinal);

    /// <summary>Joins a folder and a name in the system's way.</summary>
    internal string Join(string folder, string name) =>
        folder.Length == 0 || folder[^1] is '/' or '\\' ? folder + name : folder + (IsWindows ? '\\' : '/') + name;

    private static IEnumerable<string> List(string folder, string pattern, bool files)
    {
        try
        {
            var entries = files ? Directory.EnumerateFiles(folder, pattern) : Directory.EnumerateDirectories(folder, pattern);
            return [.. entries.Select(entry => Path.GetFileName(entry))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Folders that are not there or not ours to read hold no library for us.
            return [];
        }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
