namespace Histoseg.Segmentation.CleanUp;

/// <summary>Up to which size regions of a label map are cleaned up, in pixels of the map.</summary>
/// <param name="MinObject">Objects of fewer pixels are removed; 0: none.</param>
/// <param name="FillHoles">Holes of fewer pixels are filled; 0: none.</param>
internal readonly record struct CleanUpLimits(long MinObject, long FillHoles)
{
    /// <summary>Limits given in mm²: a region is smaller than a limit when its number of pixels times a pixel's area is.</summary>
    /// <param name="minObjectMm2">Objects smaller than this are removed, in mm²; 0: none.</param>
    /// <param name="fillHolesMm2">Holes smaller than this are filled, in mm²; 0: none.</param>
    /// <param name="micronsPerPixel">µm per pixel of the map.</param>
    public static CleanUpLimits FromMm2(double minObjectMm2, double fillHolesMm2, double micronsPerPixel) =>
        new(Pixels(minObjectMm2, micronsPerPixel), Pixels(fillHolesMm2, micronsPerPixel));

    /// <summary>Whether anything is to be done.</summary>
    public bool Any => MinObject > 0 || FillHoles > 0;

    // A limit of exactly n pixels must not become n + 1 because 0.0001 mm² is not a binary number.
    private static long Pixels(double mm2, double micronsPerPixel) =>
        (long)Math.Min(Math.Ceiling(mm2 * 1e6 / (micronsPerPixel * micronsPerPixel) * (1 - 1e-9)), long.MaxValue / 2);
}
