namespace Histoseg.Slides.Output.Polygons;

/// <summary>What of a label map's regions is left out of their outlines, so that programs can open these.</summary>
/// <param name="LeastPixels">Regions, and holes in them, of fewer pixels of the label map are left out; 0: none.</param>
/// <param name="MostPolygons">How many polygons are written; of more regions the smallest are left out, of equals the last.</param>
/// <param name="MostCorners">How many corners these may have in all. The largest region is written however many it has.</param>
internal readonly record struct PolygonLimits(int LeastPixels, int MostPolygons, long MostCorners)
{
    /// <summary>
    /// What <see cref="LeastPixels"/> is where nobody says how small objects may be: 4 × 4 pixels, too few for a network to have meant something.
    /// </summary>
    public const int UsualLeast = 16;

    /// <summary>The limits of every file: what QuPath opens in a minute, some 150 MB of text.</summary>
    /// <param name="leastPixels">See <see cref="LeastPixels"/>.</param>
    public static PolygonLimits Usual(int leastPixels) => new(leastPixels, 200_000, 10_000_000);
}
