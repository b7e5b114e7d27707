using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Studies;

/// <summary>What was counted on one held-out slide: whole numbers, of which every score can be made and which can be added up.</summary>
/// <param name="Name">The slide's name, and that of its label map.</param>
/// <param name="Patient">Whose it is.</param>
/// <param name="Confusion">Per true class the pixels predicted as each class.</param>
/// <param name="Missing">Per true class the pixels without prediction.</param>
/// <param name="Regions">Annotated regions by class and size.</param>
internal sealed record SlideCounts(string Name, string Patient, IReadOnlyList<IReadOnlyList<long>> Confusion, IReadOnlyList<long> Missing,
    IReadOnlyList<RegionCounts> Regions)
{
    /// <summary>The counts of a slide's scores.</summary>
    public static SlideCounts Of(string name, string patient, SlideScores scores)
    {
        var labels = Enumerable.Range(0, scores.Confusion.Classes).ToList();
        return new(name, patient,
            [.. labels.Select(truth => (IReadOnlyList<long>)[.. labels.Select(prediction => scores.Confusion[truth, prediction])])],
            [.. labels.Select(truth => scores.Confusion.Score(truth).Missing)],
            [.. scores.Regions.Select(region =>
                new RegionCounts(region.Class, region.Size, region.Regions, region.Found, region.Truth, region.Predicted, region.Intersection))]);
    }

    /// <summary>The scores of these counts.</summary>
    public SlideScores ToScores() => new(new ConfusionMatrix(Confusion, Missing),
        [.. Regions.Select(region =>
            new RegionScore(region.Class, region.Size, region.Regions, region.Found, region.Truth, region.Predicted, region.Intersection))]);
}

/// <summary>The annotated regions of one class and size on a slide; see <see cref="RegionScore"/>.</summary>
internal sealed record RegionCounts(int Class, RegionSize Size, long Regions, long Found, long Truth, long Predicted, long Intersection);
