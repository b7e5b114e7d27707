namespace Histoseg.Slides.Synthesis;

/// <summary>A drawn slide with its truth.</summary>
internal sealed class SyntheticSlide
{
    private readonly TissueLayout _layout;

    internal SyntheticSlide(int width, int height, double mpp, byte[] rgb, TissueLayout layout)
    {
        (Width, Height, MicronsPerPixel, Rgb, _layout) = (width, height, mpp, rgb, layout);
        var polygons = new List<SyntheticPolygon>();
        foreach (var nest in layout.Nests) polygons.Add(ToPolygon(SyntheticPolygon.Tumour, nest.Outline));
        // Holes last: later annotations paint over earlier ones.
        foreach (var nest in layout.Nests)
            if (nest.Hole is { } hole)
                polygons.Add(ToPolygon(SyntheticPolygon.Exclusion, hole));
        Polygons = polygons;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>µm per pixel.</summary>
    public double MicronsPerPixel { get; }

    /// <summary>The picture: height × width × 3 bytes, rows top to bottom.</summary>
    public byte[] Rgb { get; }

    /// <summary>The annotation: tumour nests, then the areas within them that are no tumour.</summary>
    public IReadOnlyList<SyntheticPolygon> Polygons { get; }

    /// <summary>Whether the centre of a pixel is tumour, from the outlines that were drawn and not from their polygons.</summary>
    public bool IsTumour(int x, int y) => Find(x, y) is TumourNest nest && nest.Contains((x + 0.5) * MicronsPerPixel, (y + 0.5) * MicronsPerPixel);

    /// <summary>Whether the centre of a pixel lies on tissue (the holes of lumens and fat included).</summary>
    public bool IsTissue(int x, int y) => _layout.TissueDepth((x + 0.5) * MicronsPerPixel, (y + 0.5) * MicronsPerPixel) >= 0;

    private Structure? Find(int x, int y) =>
        _layout.Nests.FirstOrDefault(s => s.Outline.Depth((x + 0.5) * MicronsPerPixel, (y + 0.5) * MicronsPerPixel) >= 0);

    private SyntheticPolygon ToPolygon(string group, Outline outline)
    {
        // A corner every 5 µm or so: finer than anyone sees at the scales that are trained.
        var corners = outline.ToPolygon(Math.Clamp((int)(2 * Math.PI * outline.Reach / 5), 24, 2000));
        return new SyntheticPolygon(group, [.. corners.Select(c => (c.X / MicronsPerPixel, c.Y / MicronsPerPixel))]);
    }
}
