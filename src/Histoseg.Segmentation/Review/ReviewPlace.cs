namespace Histoseg.Segmentation.Review;

/// <summary>A square of a slide where a correction teaches much.</summary>
/// <param name="X">Left edge, pixels of the label map.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width in pixels; at the map's edges less than asked for.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Doubt">Mean of how near the heat map is to a tie, 0 (sure) to 1; 0 without a heat map.</param>
/// <param name="Differs">Share of pixels that another run labels differently, 0 to 1; 0 without another run.</param>
/// <param name="Views">Share of pixels to which not all flips and turns of it give the same class, 0 to 1; 0 where they were not looked at.</param>
internal readonly record struct ReviewPlace(int X, int Y, int Width, int Height, double Doubt, double Differs, double Views = 0)
{
    /// <summary>What places are ranked by.</summary>
    public double Score => Doubt + Differs + Views;
}
