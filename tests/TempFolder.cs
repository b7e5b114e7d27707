using System.Text;

namespace Histoseg.Tests;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TempFolder : IDisposable
{
    /// <summary>The folder itself.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("histoseg-").FullName;

    /// <summary>A path in it.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Names of the files in it.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(Root).Select(file => Path.GetFileName(file))];

    /// <summary>Writes a file, with the folders its name asks for, and returns its path.</summary>
    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string, string)"/>
    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);
}
