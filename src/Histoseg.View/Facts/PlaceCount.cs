using Histoseg.Segmentation.Review;
using Histoseg.Slides.Annotations;

namespace Histoseg.View.Facts;

/// <summary>How far the review of a slide is.</summary>
/// <param name="Count">The squares of <c>engine review</c>.</param>
/// <param name="Reviewed">Those of them that are reviewed.</param>
internal sealed record PlaceCount(int Count, int Reviewed)
{
    /// <summary>Counts those of a file of corrections; null: it has none.</summary>
    public static PlaceCount? Of(Annotation corrections)
    {
        var regions = corrections.Regions.Where(region => region.Group is not (ReviewFile.ToReview or ReviewFile.Reviewed)).ToList();
        // A reviewed part with the outline of a region came with that, when it was marked outside of all squares.
        var reviewed = corrections.Regions.Count(part => part.Group == ReviewFile.Reviewed
            && !regions.Exists(region => region.Bounds == part.Bounds && region.Ring.SequenceEqual(part.Ring)));
        var count = reviewed + corrections.Regions.Count(part => part.Group == ReviewFile.ToReview);
        return count > 0 ? new(count, reviewed) : null;
    }
}
