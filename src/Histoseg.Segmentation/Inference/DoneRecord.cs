using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>The note <c>.done/&lt;slide&gt;.json</c> that a slide's outputs are complete, written after them.</summary>
/// <param name="Key">What they were made from.</param>
/// <param name="Outputs">The files, relative to the output folder.</param>
/// <param name="Error">What was wrong with the slide although it was segmented.</param>
internal sealed record DoneRecord(DoneKey Key, IReadOnlyList<string> Outputs, string? Error)
{
    /// <summary>What it took, from opening to the last file.</summary>
    public double Seconds { get; init; }

    /// <summary>Patches that went through the network.</summary>
    public long Patches { get; init; }

    public static string PathOf(string folder, string name) => Path.Combine(FolderLock.NotesOf(folder), name + ".json");

    /// <summary>The record of a slide, or null where there is none that can be read: then the slide is simply done again.</summary>
    public static DoneRecord? Load(string folder, string name)
    {
        try
        {
            var path = PathOf(folder, name);
            return File.Exists(path)
                && JsonSerializer.Deserialize<DoneRecord>(File.ReadAllText(path), RunMetadata.Json) is { Key: not null, Outputs: not null } record ? record
                : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the record was written after a time of the disk's clock.</summary>
    public static bool IsNewerThan(DateTime time, string folder, string name) => File.GetLastWriteTimeUtc(PathOf(folder, name)) > time;

    /// <summary>Takes the note back, where there is one.</summary>
    public static void Remove(string folder, string name)
    {
        var path = PathOf(folder, name);
        if (File.Exists(path))
            WriteError.Guard(path, () => File.Delete(path));
    }

    public void Save(string folder, string name) => WholeFile.WriteText(PathOf(folder, name), JsonSerializer.Serialize(this, RunMetadata.Json));

    /// <summary>Whether the files wanted were made from <paramref name="key"/> and are all still there.</summary>
    public bool Covers(DoneKey key, IEnumerable<string> wanted, string folder) =>
        Key == key && wanted.All(file => Outputs.Contains(file) && File.Exists(Path.Combine(folder, file)));
}
