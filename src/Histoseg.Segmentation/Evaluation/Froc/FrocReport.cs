using Histoseg.Slides.Output;
using static Histoseg.Foundation.Figures;

namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>A lesion FROC as tables.</summary>
internal static class FrocReport
{
    /// <summary>The curve, from the highest threshold down; the first line is that of no detection at all. Figures that do not exist are empty.</summary>
    public static string Csv(FrocCurve curve) => CsvText.Of(["threshold", "false_positives_per_slide", "sensitivity"], curve.Points.Select(point => (string[])
        [Exact(point.Threshold), Exact(point.FalsePositives), Exact(point.Sensitivity)]));

    /// <summary>What the curve is of, in a sentence or two.</summary>
    public static string InWords(FrocCurve curve, string name) =>
        $"{name}: score {Share(curve.Score)}, {Count(curve.Lesions, "lesion")} on {Count(curve.Slides, "slide")}, "
        + $"{Count(curve.Isolated, "region")} of isolated tumour cells left out.";

    /// <summary>False positives per slide and sensitivity where the score reads them.</summary>
    public static IEnumerable<string[]> Rates(FrocCurve curve) =>
        [.. FrocCurve.Rates.Select(rate => (string[])[Exact(rate), Share(curve.SensitivityAt(rate))]), ["mean", Share(curve.Score)]];

    /// <summary>A line for each slide: name, lesions, found, false positives, isolated tumour cells.</summary>
    public static IEnumerable<string[]> Slides(IEnumerable<(string Name, SlideFroc Froc)> slides) => slides.Select(slide => (string[])
    [
        slide.Name, Number(slide.Froc.Lesions.Count), Number(slide.Froc.Lesions.Count(lesion => lesion is not null)),
        Number(slide.Froc.FalsePositives.Count), Number(slide.Froc.Isolated),
    ]);
}
