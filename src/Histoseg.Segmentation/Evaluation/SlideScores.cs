using Histoseg.Segmentation.Evaluation.Objects;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>One slide's prediction against its truth.</summary>
/// <param name="Confusion">Pixels by class.</param>
/// <param name="Regions">Annotated regions by class (without background) and size.</param>
/// <param name="Objects">Objects by class (without background); null where they were not asked for.</param>
/// <param name="WorstPatches">The squares with the most wrong pixels, the worst first; null where they were not asked for.</param>
internal sealed record SlideScores(ConfusionMatrix Confusion, IReadOnlyList<RegionScore> Regions, IReadOnlyList<ObjectScore>? Objects = null,
    IReadOnlyList<PatchError>? WorstPatches = null)
{
    /// <summary>Whether any pixel was scored: one that counts and has a prediction. Otherwise every score is 1 and means nothing.</summary>
    public bool IsScored => Confusion.Total > 0;

    /// <summary>Mean over slides of the mean Dice of the classes but background; of those slides of which some pixel was scored.</summary>
    /// <returns>Null where there is none.</returns>
    public static double? MeanForegroundDice(IEnumerable<SlideScores> slides) =>
        slides.Where(slide => slide.IsScored).Select(slide => (double?)slide.Confusion.MeanForegroundDice).Average();

    /// <summary>The scores of all pixels and regions of several slides together.</summary>
    /// <param name="slides">Slides with the same classes; at least one.</param>
    public static SlideScores Pool(IReadOnlyCollection<SlideScores> slides)
    {
        var confusion = new ConfusionMatrix(slides.First().Confusion.Classes);
        foreach (var slide in slides)
            confusion.Add(slide.Confusion);
        return new(confusion, slides.Select(slide => slide.Regions).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]));
    }
}
