using Histoseg.Cuda;

namespace Histoseg.Tests.Loading;

/// <summary>A machine that exists on paper: its variables and the folders it has.</summary>
internal static class FakeSystem
{
    internal static SearchSystem Linux(Dictionary<string, string> variables, params string[] folders) =>
        new(false, "linux-x64", "/app", variables.GetValueOrDefault, Entries(folders, '/'));

    internal static SearchSystem Windows(Dictionary<string, string> variables, params string[] folders) =>
        new(true, "win-x64", @"C:\app", variables.GetValueOrDefault, Entries(folders, '\\'));

    // Folders are given with everything in them that matters; each part of a path is a folder.
    private static Func<string, string, bool, IEnumerable<string>> Entries(string[] folders, char separator) => (folder, pattern, files) =>
        files ? [] : folders.Where(path => path.StartsWith(folder + separator, StringComparison.Ordinal))
            .Select(path => path[(folder.Length + 1)..].Split(separator)[0])
            .Where(name => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name))
            .Distinct();
}
