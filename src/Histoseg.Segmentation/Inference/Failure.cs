using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>What has an error at present in an output folder.</summary>
/// <param name="Path">The full path of a slide, or an input that leads to none.</param>
/// <param name="Error">What is wrong, one line.</param>
/// <param name="IsInput">Whether it is such an input.</param>
/// <param name="TimeUtc">When it was met, by the disk's clock.</param>
/// <param name="Code">The kind of error.</param>
/// <param name="Key">What the slide was to be segmented from and with; null where that is not known.</param>
internal sealed record Failure(string Path, string Error, bool IsInput, DateTime TimeUtc, FailureCode? Code, DoneKey? Key)
{
    /// <summary>Where a folder's list lies.</summary>
    public static string ListOf(string folder) => System.IO.Path.Combine(FolderLock.NotesOf(folder), ".failures");

    /// <summary>The list of a folder; empty where there is none that can be read: the slides are tried again, so it fills again.</summary>
    public static List<Failure> Load(string folder)
    {
        try
        {
            var path = ListOf(folder);
            return File.Exists(path) ? JsonSerializer.Deserialize<List<Failure>>(File.ReadAllText(path), RunMetadata.Json) ?? [] : [];
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether both are of the same slide, or of the same input.</summary>
    public bool IsOfSame(Failure other) => IsInput == other.IsInput && RealPath.Comparer.Equals(Path, other.Path);
}
