namespace Histoseg.Slides.Labels;

/// <summary>What the values of a heat map say.</summary>
internal static class HeatMap
{
    /// <summary>How near a value, 255 times a probability, is to a tie: 0 (sure) to 254.</summary>
    public static int Doubt(byte value) => 255 - Math.Abs((2 * value) - 255);
}
