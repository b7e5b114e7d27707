namespace Histoseg.Fuzz.Tests;

/// <summary>A format that the program reads.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="FileName">The name its files get.</param>
/// <param name="Make">A file: mostly broken somewhere behind the first check, now and then whole.</param>
/// <param name="Read">Reads the file as the program does, as far as it goes.</param>
internal sealed record FuzzFormat(string Name, string FileName, Func<Random, byte[]> Make, Action<string> Read)
{
    /// <summary>Whether an error may have several lines: configs tell of everything at once.</summary>
    public bool ManyLines { get; init; }
}
