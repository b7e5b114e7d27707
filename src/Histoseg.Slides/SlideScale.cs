using System.Globalization;

namespace Histoseg.Slides;

/// <summary>The physical scale of a slide and where it came from.</summary>
/// <param name="MicronsPerPixel">µm per level-0 pixel.</param>
/// <param name="Source">Where the figure came from.</param>
internal readonly record struct SlideScale(double MicronsPerPixel, ScaleSource Source)
{
    /// <summary>The scale chain: an override, the file itself (properties, resolution tags, objective power), the manifest.</summary>
    /// <exception cref="SlideError">No source tells the scale (names the slide), or a given one is not positive.</exception>
    public static SlideScale Resolve(ISlide slide, double? manifestMpp = null, double? overrideMpp = null) =>
        overrideMpp is { } given ? Checked(slide, given, ScaleSource.Override)
        : slide.MicronsPerPixel is { } own ? new(own, slide.ScaleSource)
        : manifestMpp is { } listed ? Checked(slide, listed, ScaleSource.Manifest)
        : throw new SlideError($"{slide.Path}: {slide.ScaleProblem ?? "the slide does not tell its scale (no mpp, resolution tags or objective power)"}; "
            + "give its µm per pixel in the manifest's mpp column, or for all slides")
        { Remedy = Remedy.GiveScale };

    private static SlideScale Checked(ISlide slide, double mpp, ScaleSource source) =>
        double.IsFinite(mpp) && mpp > 0
            ? new(mpp, source)
            : throw new SlideError(string.Create(CultureInfo.InvariantCulture,
                $"{slide.Path}: a scale of {mpp} µm per pixel is impossible; give a positive number, such as 0.25"));

    // Outside of this no microscope works: 72, 96, 300 or 600 dpi are a drawing program's defaults, not a scale.
    private const double Smallest = 0.05, Largest = 20;

    /// <summary>The figure where a microscope could have it (0.05 to 20 µm per pixel), else null.</summary>
    internal static double? Plausible(double mpp) => mpp is >= Smallest and <= Largest ? mpp : null;
}
