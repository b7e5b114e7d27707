using System.Runtime.ExceptionServices;

namespace Histoseg.Slides.Sampling;

/// <summary>
/// The slides of one split and the patches on them that can be sampled: those with tissue and with labels that count, listed by the classes they show.
/// </summary>
internal sealed class SlideDataset
{
    private readonly GridPatch[][] _byClass;

    private SlideDataset(IReadOnlyList<DatasetSlide> slides, PatchGrid grid, SlideScan[] patches)
    {
        Slides = slides;
        Grid = grid;
        _byClass = [.. Enumerable.Range(0, grid.Classes).Select(c => patches.SelectMany(p => p.ByClass[c]).ToArray())];
        ForegroundClasses = [.. Enumerable.Range(1, grid.Classes - 1).Where(c => _byClass[c].Length > 0)];
        PatchCount = patches.Sum(p => p.Count);
    }

    /// <summary>The slides; <see cref="GridPatch.Slide"/> is an index here.</summary>
    public IReadOnlyList<DatasetSlide> Slides { get; }

    /// <summary>The grid the patches come from.</summary>
    public PatchGrid Grid { get; }

    /// <summary>Patches that can be sampled.</summary>
    public int PatchCount { get; }

    /// <summary>The classes other than the background that some patch shows.</summary>
    public IReadOnlyList<int> ForegroundClasses { get; }

    /// <summary>Patches that show a foreground class; for class 0, the patches that show none (the negatives).</summary>
    /// <param name="label">0…classes − 1.</param>
    public ReadOnlySpan<GridPatch> PatchesOf(int label) => _byClass[label];

    /// <summary>Goes through all slides at a coarse scale, in parallel, and lists their patches. The result does not depend on the number of threads.</summary>
    /// <param name="slides">At least one.</param>
    /// <param name="grid">Patch size, stride and tissue rule.</param>
    /// <param name="progress">Told how many of how many rows of patches are done; called from several threads.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <param name="threads">Threads that do it; 0: one per core.</param>
    /// <exception cref="SlideError">No slide, slides without tissue, or ones on which no pixel counts: all of them, the first in the message.</exception>
    public static SlideDataset Build(IReadOnlyList<DatasetSlide> slides, PatchGrid grid, Action<int, int>? progress = null, CancellationToken cancel = default,
        int threads = 0)
    {
        if (slides.Count == 0) throw new SlideError("the dataset has no slides; check the manifest and its split column");
        var patches = slides.Select((slide, index) => new SlideScan(slide, index, grid)).ToArray();
        var rows = patches.SelectMany(p => Enumerable.Range(0, p.Rows).Select(row => (Patches: p, Row: row))).ToArray();
        var done = 0;
        try
        {
            Parallel.ForEach(rows, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = threads == 0 ? -1 : threads }, job =>
            {
                job.Patches.Scan(job.Row);
                progress?.Invoke(Interlocked.Increment(ref done), rows.Length);
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
        var errors = patches.Select(slide => slide.Gather()).OfType<SlideError>().ToList();
        if (errors.Count > 0)
            throw SlideError.OfAll(errors);
        return new SlideDataset(slides, grid, patches);
    }
}
