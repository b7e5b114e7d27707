using System.Globalization;

namespace Histoseg.Slides;

/// <summary>The size of a pixel in µm, as a file tells it.</summary>
/// <param name="X">Width.</param>
/// <param name="Y">Height.</param>
internal readonly record struct PixelSize(double X, double Y)
{
    // Scanners calibrate both axes and differ by less; beyond it a picture is stretched, and one figure for both would be wrong for each.
    private const double Tolerance = 0.03;

    /// <summary>Whether one figure holds for both sides.</summary>
    public bool IsSquare => Math.Abs(X - Y) <= Tolerance * Math.Max(X, Y);

    /// <summary>The one figure; null where the sides differ, or no microscope has it.</summary>
    public double? MicronsPerPixel => IsSquare ? SlideScale.Plausible((X + Y) / 2) : null;

    /// <summary>Why the size is no scale though it is told; null where it is one, or is a drawing program's default.</summary>
    public string? Problem => IsSquare || SlideScale.Plausible(X) is null || SlideScale.Plausible(Y) is null
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"its pixels are {X:0.####} µm wide and {Y:0.####} µm high, and slides are read in square ones; export "
            + $"it with square pixels, or");
}
