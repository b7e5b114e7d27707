using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.View.Slides;

namespace Histoseg.View.Corrections;

/// <summary>Finds the predicted polygon at a place.</summary>
internal static class PredictedRegion
{
    /// <summary>The smallest that holds the place; null: none does.</summary>
    /// <param name="content">The slide.</param>
    /// <param name="x">Level-0 pixel.</param>
    /// <param name="y">Level-0 pixel.</param>
    /// <exception cref="SlideError">The polygons cannot be read.</exception>
    public static AnnotatedRegion? At(SlideContent content, double x, double y) => (content.Predicted?.Regions ?? [])
        .Where(region => region.Bounds is var (left, top, right, bottom) && x >= left && x <= right && y >= top && y <= bottom && Holds(region, x, y))
        .MinBy(region => region.Bounds is var (left, top, right, bottom) ? (right - left) * (bottom - top) : 0);

    private static bool Holds(AnnotatedRegion region, double x, double y) => Crossings(region.Ring, x, y) ^ region.Holes.Any(hole => Crossings(hole, x, y));

    // Whether a ray to the right crosses the ring an odd number of times.
    private static bool Crossings(IReadOnlyList<SlidePoint> ring, double x, double y)
    {
        var inside = false;
        for (var (i, j) = (0, ring.Count - 1); i < ring.Count; j = i++)
            if (ring[i].Y > y != ring[j].Y > y && x < (ring[j].X - ring[i].X) * (y - ring[i].Y) / (ring[j].Y - ring[i].Y) + ring[i].X)
                inside = !inside;
        return inside;
    }
}
