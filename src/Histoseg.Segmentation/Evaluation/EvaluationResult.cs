using Histoseg.Segmentation.Evaluation.Froc;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>One slide of an evaluation.</summary>
/// <param name="Path">The slide.</param>
/// <param name="Name">Its name in tables, and of its label map.</param>
/// <param name="Scores">Its scores; null where it could not be scored.</param>
/// <param name="Error">One line: why it could not be scored.</param>
/// <param name="LabelMap">Its label map's file; null where it could not be scored.</param>
/// <param name="Froc">Its part of the lesion FROC; null where none was asked for or the slide could not be scored.</param>
/// <param name="Remedy">What would mend the error, where a program may have an option for it.</param>
internal sealed record EvaluatedSlide(string Path, string Name, SlideScores? Scores, string? Error, string? LabelMap = null, SlideFroc? Froc = null,
    Remedy Remedy = Remedy.None);

/// <summary>Predictions against annotations over a dataset.</summary>
/// <param name="ClassNames">Class names; the index is the label.</param>
/// <param name="Slides">Every slide asked for, in order.</param>
/// <param name="SizeLimit">Regions with fewer pixels of the label map are XS, the others XL.</param>
/// <param name="FrocClass">The label whose lesions the FROC is of; null: none was asked for.</param>
internal sealed record EvaluationResult(IReadOnlyList<string> ClassNames, IReadOnlyList<EvaluatedSlide> Slides, long SizeLimit, byte? FrocClass = null)
{
    /// <summary>The lesion FROC of the slides scored; null where none was asked for or no slide was scored.</summary>
    public FrocCurve? Froc { get; } = Slides.Select(slide => slide.Froc).OfType<SlideFroc>().ToList() is { Count: > 0 } parts ? new(parts) : null;

    /// <summary>Scores over all pixels of all slides together; null where no slide was scored.</summary>
    public SlideScores? Pooled { get; } = Slides.Select(slide => slide.Scores).OfType<SlideScores>().ToList() is { Count: > 0 } scored
        ? SlideScores.Pool(scored) : null;

    /// <summary>Mean over slides of the mean Dice of the classes but background; null where no slide was scored.</summary>
    public double? MeanForegroundDice => SlideScores.MeanForegroundDice(Slides.Select(slide => slide.Scores).OfType<SlideScores>());

    /// <summary>Complete: all slides scored. Partial: some. Failed: none.</summary>
    public WorkOutcome Outcome =>
        Pooled is null ? WorkOutcome.Failed : Slides.All(slide => slide.Scores is not null) ? WorkOutcome.Complete : WorkOutcome.Partial;
}
