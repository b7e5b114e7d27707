using Histoseg.Slides.Annotations;
using NetTopologySuite.Geometries;
using NetTopologySuite.Simplify;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>A connected region of a label map and its polygon.</summary>
/// <param name="Number">Regions written before it.</param>
/// <param name="Label">Its class.</param>
/// <param name="Pixels">Pixels of the label map.</param>
/// <param name="MeanForeground">The heat map's mean on it, 0…1; null: there is no heat map.</param>
/// <param name="Rings">The outer ring, then holes; level-0 pixels, two decimals; rings are not closed by their first point.</param>
internal sealed record TracedPolygon(int Number, int Label, long Pixels, double? MeanForeground, IReadOnlyList<IReadOnlyList<SlidePoint>> Rings)
{
    /// <summary>Corners of all rings.</summary>
    public long Corners => Rings.Sum(ring => (long)ring.Count + 1);

    /// <summary>The same with fewer corners: no outline lies further from where it was, and none crosses another of the region.</summary>
    /// <param name="tolerance">Level-0 pixels; 0: all corners stay.</param>
    public TracedPolygon Simplified(double tolerance)
    {
        if (tolerance <= 0)
            return this;
        var simple = (Polygon)TopologyPreservingSimplifier.Simplify(ToGeometry(), tolerance);
        return this with { Rings = [CornersOf(simple.ExteriorRing), .. simple.InteriorRings.Select(CornersOf)] };
    }

    /// <summary>The polygon, level-0 pixels.</summary>
    public Polygon ToGeometry() => new(Ring(Rings[0]), [.. Rings.Skip(1).Select(Ring)]);

    private static LinearRing Ring(IReadOnlyList<SlidePoint> corners) => new([.. corners.Append(corners[0]).Select(p => new Coordinate(p.X, p.Y))]);

    private static List<SlidePoint> CornersOf(LineString ring) => [.. ring.Coordinates.SkipLast(1).Select(p => new SlidePoint(p.X, p.Y))];
}
