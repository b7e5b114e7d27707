namespace Histoseg.Segmentation.Inference;

/// <summary>How a batch ended.</summary>
/// <param name="Slides">Every slide dealt with, in order, and every input that led to none.</param>
/// <param name="Cancelled">Stopped before all were done.</param>
/// <param name="MetadataPath">The run's metadata file.</param>
public sealed record BatchInferenceResult(IReadOnlyList<SlideOutcome> Slides, bool Cancelled, string MetadataPath)
{
    /// <summary>Slides segmented in this run.</summary>
    public int Done => Slides.Count(s => s.Status == SlideStatus.Done);

    /// <summary>Slides that were done before.</summary>
    public int Skipped => Slides.Count(s => s.Status == SlideStatus.Skipped);

    /// <summary>Slides with an error: those without outputs, and those with corrupt tiles.</summary>
    public int WithErrors => Slides.Count(s => s.Error is not null);

    /// <summary>Slides that failed in a run before, or in one beside this, and were not tried here.</summary>
    public int FailedBefore => Slides.Count(s => s.FailedBefore);

    /// <summary>Where the time of the slides segmented in this run went.</summary>
    public SlideTimes Times => Slides.Aggregate(default(SlideTimes), (sum, slide) => sum + (slide.Segmentation?.Times ?? default));

    /// <summary>Complete: all well. Partial: some slides have errors and the rest are done. Failed: cancelled, or nothing was done.</summary>
    public WorkOutcome Outcome =>
        Cancelled ? WorkOutcome.Failed : WithErrors == 0 ? WorkOutcome.Complete : Done + Skipped > 0 ? WorkOutcome.Partial : WorkOutcome.Failed;
}
