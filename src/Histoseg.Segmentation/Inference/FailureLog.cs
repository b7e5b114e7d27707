using System.Text.Json;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// Writes <c>failures.csv</c>: what has an error at present in an output folder, whichever run met it, and the error. Only the heading: nothing has.
/// </summary>
/// <remarks>What one run met is in that run's metadata.</remarks>
internal sealed class FailureLog
{
    private readonly string _folder, _notes;
    private readonly DateTime _started;
    private readonly HashSet<string> _atStart;

    /// <summary>Begins a run.</summary>
    /// <param name="folder">The output folder, of which the caller has <paramref name="hold"/>.</param>
    /// <param name="hold">The hold on it.</param>
    /// <param name="isAlone">Whether no other run is at work in the folder: then what can no longer be so is taken out of the list.</param>
    /// <param name="inputs">Inputs of this run that lead to no slide, and the reason.</param>
    public FailureLog(string folder, FolderLock hold, bool isAlone, IEnumerable<(string Input, string Error)> inputs)
    {
        (_folder, _notes, _started) = (folder, Path.Combine(FolderLock.NotesOf(folder), ".failures"), hold.Now());
        var kept = Load().Where(failure => !isAlone || (!failure.IsInput && File.Exists(failure.Path))).ToList();
        _atStart = kept.Select(failure => failure.Path).ToHashSet(RealPath.Comparer);
        Save(inputs.Aggregate(kept, (list, input) => With(list, new(input.Input, input.Error, true, _started))));
    }

    /// <summary>The error that another run has met on a slide since this one started; null: none has.</summary>
    public string? OfOthers(string slide)
    {
        using var hold = FolderLock.Take(_folder);
        return Load().Find(failure => !failure.IsInput && failure.TimeUtc > _started && RealPath.Comparer.Equals(failure.Path, slide))?.Error;
    }

    /// <summary>Notes how a slide ended.</summary>
    /// <param name="slide">Its full path.</param>
    /// <param name="error">What is wrong with it; null: nothing.</param>
    public void Note(string slide, string? error)
    {
        // What others have met since is theirs, and this run keeps from it.
        if (error is null && !_atStart.Contains(slide))
            return;
        using var hold = FolderLock.Take(_folder);
        var list = Load();
        if (error is not null)
            Save(With(list, new(slide, error, false, hold.Now())));
        else if (list.RemoveAll(failure => !failure.IsInput && RealPath.Comparer.Equals(failure.Path, slide)) > 0)
            Save(list);
    }

    private static List<Failure> With(List<Failure> list, Failure one)
    {
        list.RemoveAll(failure => failure.IsInput == one.IsInput && RealPath.Comparer.Equals(failure.Path, one.Path));
        list.Add(one);
        return list;
    }

    private List<Failure> Load()
    {
        try
        {
            return File.Exists(_notes) ? JsonSerializer.Deserialize<List<Failure>>(File.ReadAllText(_notes), RunMetadata.Json) ?? [] : [];
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return []; // The slides are tried again, so the list fills again.
        }
    }

    private void Save(List<Failure> list)
    {
        WholeFile.WriteText(_notes, JsonSerializer.Serialize(list, RunMetadata.Json));
        WholeFile.WriteText(Path.Combine(_folder, "failures.csv"), CsvText.Of(["slide", "error"],
            list.OrderBy(failure => failure.Path, StringComparer.Ordinal).Select(failure => new[] { failure.Path, failure.Error })));
    }

    private sealed record Failure(string Path, string Error, bool IsInput, DateTime TimeUtc);
}
