namespace Histoseg.Slides.Output.Polygons;

/// <summary>A kind of file with the polygons of a label map. Each polygon's text stands alone, so that polygons can be let go again.</summary>
internal interface IPolygonFormat
{
    /// <summary>Writes what comes before all polygons.</summary>
    void Begin(WholeFile file);

    /// <summary>Appends a polygon.</summary>
    void Add(WholeFile file, TracedPolygon polygon);

    /// <summary>Writes what comes after them, and puts the file in its place.</summary>
    /// <param name="file">What was begun, with the polygons that are kept.</param>
    /// <param name="kept">These.</param>
    /// <param name="leftOut">What is left out; null: nothing.</param>
    void End(WholeFile file, PolygonBudget kept, PolygonsLeftOut? leftOut);
}

/// <summary>What a file of polygons leaves out.</summary>
/// <param name="LeastPixels">Of fewer pixels of the label map objects and holes are left out.</param>
/// <param name="Small">Objects that were so small.</param>
/// <param name="Holes">Holes that were.</param>
/// <param name="BeyondLimit">Objects beyond the limits of a file.</param>
/// <param name="Note">The same in words.</param>
internal sealed record PolygonsLeftOut(int LeastPixels, int Small, int Holes, long BeyondLimit, string Note);
