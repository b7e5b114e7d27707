namespace Histoseg.Slides;

/// <summary>What the sizes of a pyramid's levels say about their downsample.</summary>
internal static class PyramidLevels
{
    /// <summary>
    /// A level with its true downsample. Pyramids are made by whole factors and drop or pad the odd pixel, so 5090 → 318 is 16, not 16.006; a factor that
    /// fits both sides is taken, else <paramref name="measured"/> stays.
    /// </summary>
    internal static SlideLevel Snap(SlideLevel largest, int width, int height, double measured)
    {
        var whole = Math.Round(measured);
        return new(width, height, Fits(largest.Width, width, whole) && Fits(largest.Height, height, whole) ? whole : measured);
    }

    /// <summary>The same of a file that does not tell the downsample: measured by both sides.</summary>
    internal static SlideLevel Snap(SlideLevel largest, int width, int height) =>
        Snap(largest, width, height, ((double)largest.Width / width + (double)largest.Height / height) / 2);

    /// <summary>Whether a picture of this size can be a smaller level of the same scene: both sides shrunk alike, to within two pixels of rounding.</summary>
    internal static bool IsReduced(SlideLevel largest, int width, int height)
    {
        var factor = (double)largest.Width / width;
        return factor > 1.2 && Math.Abs(largest.Height / factor - height) <= 2;
    }

    private static bool Fits(int full, int reduced, double factor) =>
        reduced >= Math.Floor(full / factor) && reduced <= Math.Ceiling(full / factor);
}
