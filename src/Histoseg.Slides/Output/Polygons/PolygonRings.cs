namespace Histoseg.Slides.Output.Polygons;

/// <summary>Turns a region's closed chains into an outer ring and holes that pass no corner twice, which is what makes a polygon valid.</summary>
internal static class PolygonRings
{
    /// <summary>The rings of a region with these outlines, label pixels, the outer one first.</summary>
    /// <param name="outlines">The outlines.</param>
    /// <param name="leastHole">Holes of fewer pixels are left out.</param>
    public static List<List<(int X, int Y)>> Of(PolygonOutlines outlines, int leastHole = 0)
    {
        var rings = new List<List<(int X, int Y)>>();
        foreach (var chain in outlines.Rings)
        {
            if (chain.MayTouchItself)
                Part(chain, rings);
            else
                rings.Add(Corners(chain));
        }
        var outer = rings.FindIndex(ring => SignedArea(ring) > 0);
        (rings[0], rings[outer]) = (rings[outer], rings[0]);
        if (leastHole > 0)
            rings.RemoveAll(ring => SignedArea(ring) is <= 0 and var twice && -twice / 2 < leastHole);
        return rings;
    }

    /// <summary>The pixels that a closed chain encloses; negative for a hole.</summary>
    public static long Pixels(PolygonChain chain)
    {
        long twice = 0;
        var p = chain.First;
        for (var q = p.Next; q is not null; (p, q) = (q, q.Next))
            twice += Cross(p.X, p.Y, q.X, q.Y);
        return (twice + Cross(p.X, p.Y, chain.First.X, chain.First.Y)) / 2;
    }

    private static List<(int X, int Y)> Corners(PolygonChain chain)
    {
        var ring = new List<(int X, int Y)>();
        for (var corner = chain.First; corner is not null; corner = corner.Next)
            ring.Add((corner.X, corner.Y));
        return ring;
    }

    // A ring that comes back to a corner has closed a loop there: the pocket that two diagonal pixels of the region shut in.
    private static void Part(PolygonChain chain, List<List<(int X, int Y)>> rings)
    {
        var open = new List<(int X, int Y)>();
        var places = new Dictionary<(int X, int Y), int>();
        foreach (var corner in Corners(chain))
        {
            if (places.TryGetValue(corner, out var place))
            {
                rings.Add(open[place..]);
                foreach (var passed in open[(place + 1)..])
                    places.Remove(passed);
                open.RemoveRange(place + 1, open.Count - place - 1);
            }
            else
            {
                places[corner] = open.Count;
                open.Add(corner);
            }
        }
        rings.Add(open);
    }

    // Positive for rings that turn clockwise on the screen.
    private static long SignedArea(List<(int X, int Y)> ring)
    {
        long twice = 0;
        var p = ring[^1];
        foreach (var q in ring)
        {
            twice += Cross(p.X, p.Y, q.X, q.Y);
            p = q;
        }
        return twice;
    }

    private static long Cross(int px, int py, int qx, int qy) => ((long)px * qy) - ((long)qx * py);
}
