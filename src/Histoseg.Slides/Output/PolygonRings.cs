namespace Histoseg.Slides.Output;

/// <summary>Turns a region's closed chains into an outer ring and holes that pass no corner twice, which is what makes a polygon valid.</summary>
internal static class PolygonRings
{
    /// <summary>The rings of a region with these outlines, label pixels, the outer one first.</summary>
    public static List<List<(int X, int Y)>> Of(PolygonOutlines outlines)
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
        return rings;
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
            twice += ((long)p.X * q.Y) - ((long)q.X * p.Y);
            p = q;
        }
        return twice;
    }
}
