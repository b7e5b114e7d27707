using System.Globalization;

namespace Histoseg.Slides;

/// <summary>The physical scale of a slide and where it came from.</summary>
/// <param name="MicronsPerPixel">µm per level-0 pixel.</param>
/// <param name="Source">Where the figure came from.</param>
internal readonly record struct SlideScale(double MicronsPerPixel, ScaleSource Source)
{
    // Beyond this share two figures are not the same one rounded.
    private const double Alike = 0.05;

    // What microscopes and scanners give, from ×125 to ×0.5 by the rule 10/x; 0.062 and 62 are slips of the decimal point.
    private const double FinestUsual = 0.08, CoarsestUsual = 20;

    /// <summary>
    /// The scale chain: an override, the manifest, the file itself (properties, resolution tags, objective power), what is assumed of pictures that tell
    /// none.
    /// </summary>
    /// <exception cref="SlideError">No source tells the scale (names the slide), or a given one is not positive.</exception>
    public static SlideScale Resolve(ISlide slide, double? manifestMpp = null, double? overrideMpp = null, double? assumedMpp = null) =>
        overrideMpp is { } given ? Checked(slide, given, ScaleSource.Override)
        : manifestMpp is { } listed ? Checked(slide, listed, ScaleSource.Manifest)
        : slide.MicronsPerPixel is { } own ? new(own, slide.ScaleSource)
        : assumedMpp is { } assumed && slide.ScaleProblem is null ? Checked(slide, assumed, ScaleSource.Assumed)
        : throw new SlideError($"{slide.Path}: {slide.ScaleProblem ?? "the slide does not tell its scale (no mpp, resolution tags or objective power)"}; "
            + "give its µm per pixel in the manifest's mpp column, or for all slides")
        { Remedy = Remedy.GiveScale };

    /// <summary>What is odd about a slide's scale: that the manifest and the file differ by more than 5 %, that no microscope gives it.</summary>
    /// <returns>One line for each.</returns>
    public IEnumerable<string> Warnings(ISlide slide)
    {
        if (Source == ScaleSource.Manifest && slide.MicronsPerPixel is { } own && !AreAlike(own, MicronsPerPixel))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{slide.Path}: the manifest's {MicronsPerPixel:0.####} µm per pixel is taken, though the file tells {own:0.####} "
                    + $"({slide.ScaleSource.InWords()}); check which is right");
        if (Unusual(MicronsPerPixel, Source.InWords()) is { } unusual)
            yield return $"{slide.Path}: {unusual}";
    }

    /// <summary>Whether two figures may be of one scale.</summary>
    public static bool AreAlike(double one, double other) => Math.Abs(one - other) <= Alike * Math.Max(one, other);

    /// <summary>That no microscope gives a scale, in a line that says where it is from; null: one does.</summary>
    public static string? Unusual(double mpp, string source) => mpp is >= FinestUsual and <= CoarsestUsual ? null
        : Figures.Text($"{mpp:0.####} µm per pixel ({source}) is no usual scale of a microscope (×40 is about 0.25); check it");

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
