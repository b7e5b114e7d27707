namespace Histoseg.Slides;

/// <summary>The paper's rule for patches without tissue.</summary>
internal static class Tissue
{
    /// <summary>The brightness the paper calls white: above 220 of 255.</summary>
    public const byte WhiteThreshold = 220;

    /// <summary>Whether a patch is white background: every one of its pixels has R, G and B above the threshold.</summary>
    /// <param name="rgb">The patch, 3 bytes per pixel.</param>
    /// <param name="threshold">The brightness, 0 … 255; at 255 nothing is background.</param>
    public static bool IsBackground(ReadOnlySpan<byte> rgb, byte threshold = WhiteThreshold) =>
        !rgb.ContainsAnyInRange((byte)0, threshold);

    /// <summary>The share of a patch's pixels that are not white.</summary>
    /// <param name="rgb">The patch, 3 bytes per pixel.</param>
    /// <param name="threshold">A pixel is white when R, G and B are all above this.</param>
    /// <returns>0 … 1; 0 for an empty patch.</returns>
    public static double Share(ReadOnlySpan<byte> rgb, byte threshold = WhiteThreshold)
    {
        var tissue = 0;
        for (var i = 0; i + 2 < rgb.Length; i += 3)
            if (rgb[i] <= threshold || rgb[i + 1] <= threshold || rgb[i + 2] <= threshold)
                tissue++;
        return rgb.Length < 3 ? 0 : tissue / (double)(rgb.Length / 3);
    }
}
