namespace Histoseg.Slides;

/// <summary>
/// Where the pixels of an annotation, a mask or polygons are counted from, on slides whose file tells which part the scanner scanned (OpenSlide's bounds:
/// MIRAX, Leica SCN and others). On other slides it makes no difference.
/// </summary>
public enum CoordinateOrigin
{
    /// <summary>
    /// As the program does that wrote them: QuPath's GeoJSON from the corner of the scanned part, the XML of ASAP, ImageScope and HALO from the slide's; a
    /// mask covers whichever of the two it has the size of. Polygons are written for QuPath.
    /// </summary>
    Auto,
    /// <summary>The slide's top left corner.</summary>
    Slide,
    /// <summary>The top left corner of the scanned part.</summary>
    Bounds,
}
