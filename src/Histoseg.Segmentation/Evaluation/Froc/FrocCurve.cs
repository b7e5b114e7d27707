namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>The free-response receiver operating characteristic over slides, scored as in the Camelyon16 challenge.</summary>
/// <remarks>
/// A point for every confidence that occurs, and one where none is believed. False positives are averaged over all slides, those without
/// tumour included; sensitivity is over the lesions of all slides together. The score is the mean sensitivity at ¼, ½, 1, 2, 4 and 8 false
/// positives per slide, linear between points, the highest of those with equally many false positives, and beyond the last point as there.
/// Source: Ehteshami Bejnordi et al., JAMA 318:2199, 2017, and the challenge's evaluation script. That script drops the lowest value among
/// confidences and, for every lesion missed or left out, 0; so do we in effect, but where there is no such 0 we do not lose a real threshold.
/// </remarks>
internal sealed class FrocCurve
{
    /// <summary>The false positives per slide at which sensitivity is read for the score.</summary>
    public static readonly IReadOnlyList<double> Rates = [0.25, 0.5, 1, 2, 4, 8];

    /// <summary>The curve of some slides.</summary>
    /// <param name="slides">At least one.</param>
    public FrocCurve(IReadOnlyCollection<SlideFroc> slides)
    {
        ArgumentOutOfRangeException.ThrowIfZero(slides.Count);
        (Slides, Lesions, Isolated) = (slides.Count, slides.Sum(slide => slide.Lesions.Count), slides.Sum(slide => slide.Isolated));
        var (wrong, right) =
            (Descending(slides.SelectMany(slide => slide.FalsePositives)), Descending(slides.SelectMany(slide => slide.Lesions).OfType<double>()));
        var points = new List<FrocPoint> { new(double.PositiveInfinity, 0, Lesions == 0 ? double.NaN : 0) };
        var (falsePositives, found) = (0, 0);
        foreach (var threshold in Descending(wrong.Concat(right).Distinct()))
        {
            while (falsePositives < wrong.Length && wrong[falsePositives] >= threshold)
                falsePositives++;
            while (found < right.Length && right[found] >= threshold)
                found++;
            points.Add(new(threshold, (double)falsePositives / Slides, Lesions == 0 ? double.NaN : (double)found / Lesions));
        }
        Points = points;
    }

    /// <summary>Slides.</summary>
    public int Slides { get; }

    /// <summary>Lesions that count.</summary>
    public int Lesions { get; }

    /// <summary>Lesions left out: isolated tumour cells.</summary>
    public int Isolated { get; }

    /// <summary>From the highest threshold to the lowest. Without any lesion, sensitivities are not numbers.</summary>
    public IReadOnlyList<FrocPoint> Points { get; }

    /// <summary>Mean sensitivity at <see cref="Rates"/>; null where there is no lesion to find.</summary>
    public double? Score => Lesions == 0 ? null : Rates.Average(rate => SensitivityAt(rate)!.Value);

    /// <summary>The sensitivity at so many false positives per slide; null where there is no lesion to find.</summary>
    public double? SensitivityAt(double falsePositives)
    {
        if (Lesions == 0)
            return null;
        var after = 0;
        while (after < Points.Count && Points[after].FalsePositives <= falsePositives)
            after++;
        var low = Points[after - 1]; // the first point has no false positives
        if (after == Points.Count)
            return low.Sensitivity;
        var high = Points[after];
        return low.Sensitivity + (high.Sensitivity - low.Sensitivity) / (high.FalsePositives - low.FalsePositives) * (falsePositives - low.FalsePositives);
    }

    private static double[] Descending(IEnumerable<double> values) => [.. values.OrderDescending()];
}
