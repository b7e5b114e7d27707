using System.Text.Json;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// Writes <c>failures.csv</c>: what has an error at present in an output folder, whichever run met it, and the error. Only the heading: nothing has.
/// </summary>
/// <remarks>What one run met is in that run's metadata.</remarks>
internal sealed class FailureLog
{
    private readonly string _folder;
    private readonly DateTime _started;
    private readonly HashSet<string> _atStart;

    /// <summary>Begins a run.</summary>
    /// <param name="folder">The output folder, of which the caller has <paramref name="hold"/>.</param>
    /// <param name="hold">The hold on it.</param>
    /// <param name="isAlone">Whether no other run is at work in the folder: then what can no longer be so is taken out of the list.</param>
    /// <param name="inputs">Inputs of this run that lead to no slide, and the reason.</param>
    public FailureLog(string folder, FolderLock hold, bool isAlone, IEnumerable<(string Input, string Error)> inputs)
    {
        (_folder, _started) = (folder, hold.Now());
        var kept = Failure.Load(folder).Where(failure => !isAlone || (!failure.IsInput && File.Exists(failure.Path))).ToList();
        _atStart = kept.Select(failure => failure.Path).ToHashSet(RealPath.Comparer);
        Save(inputs.Aggregate(kept, (list, input) => With(list, new(input.Input, input.Error, true, _started, FailureCode.NoInput, null))));
    }

    /// <summary>
    /// The error on a slide that this run takes for its own: another met it since this run started, or any before on the same file with the same model and
    /// settings.
    /// </summary>
    /// <param name="key">The slide, and how it is to be segmented.</param>
    /// <param name="anew">Whether what failed before this run is tried again.</param>
    /// <returns>Null: the slide is to be tried.</returns>
    public Failure? Standing(DoneKey key, bool anew) =>
        Failure.Load(_folder).Find(failure => !failure.IsInput && RealPath.Comparer.Equals(failure.Path, key.Slide)
            && (failure.TimeUtc > _started || !anew && failure.Key == key));

    /// <summary>Notes how a slide ended.</summary>
    /// <param name="outcome">The slide, and what is wrong with it.</param>
    /// <param name="key">What it was to be segmented from and with; null: that is not known.</param>
    public void Note(SlideOutcome outcome, DoneKey? key)
    {
        var slide = Path.GetFullPath(outcome.Path);
        // What others have met since is theirs, and this run keeps from it.
        if (outcome.FailedBefore || outcome.Error is null && !_atStart.Contains(slide))
            return;
        using var hold = FolderLock.Take(_folder);
        var list = Failure.Load(_folder);
        if (outcome.Error is { } error)
            Save(With(list, new(slide, error, false, hold.Now(), outcome.Code, outcome.Status == SlideStatus.Failed ? key : null)));
        else if (list.RemoveAll(failure => !failure.IsInput && RealPath.Comparer.Equals(failure.Path, slide)) > 0)
            Save(list);
    }

    private static List<Failure> With(List<Failure> list, Failure one)
    {
        list.RemoveAll(one.IsOfSame);
        list.Add(one);
        return list;
    }

    private void Save(List<Failure> list)
    {
        WholeFile.WriteText(Failure.ListOf(_folder), JsonSerializer.Serialize(list, RunMetadata.Json));
        WholeFile.WriteText(Path.Combine(_folder, "failures.csv"), CsvText.Of(["slide", "error", "code"],
            list.OrderBy(failure => failure.Path, StringComparer.Ordinal)
                .Select(failure => new[] { failure.Path, failure.Error, failure.Code?.Name() ?? "" })));
    }
}
