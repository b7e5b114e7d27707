namespace Histoseg.Export.Tests;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("histoseg-").FullName;

    /// <summary>A path in it.</summary>
    public string this[string name] => Path.Combine(_path, name);

    /// <summary>Names of the files in it.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(_path).Select(file => Path.GetFileName(file))];

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_path, recursive: true);
}
