namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>One slide's part of a lesion FROC.</summary>
/// <param name="FalsePositives">The confidences of the detections outside any lesion.</param>
/// <param name="Lesions">For each lesion that counts, the highest confidence of the detections in it; null where there is none.</param>
/// <param name="Isolated">Lesions that do not count: isolated tumour cells.</param>
/// <param name="LeftOut">Detections that do not count: on isolated tumour cells, or where the truth is to be ignored.</param>
internal sealed record SlideFroc(IReadOnlyList<double> FalsePositives, IReadOnlyList<double?> Lesions, int Isolated, int LeftOut)
{
    /// <summary>Sorts a slide's detections.</summary>
    /// <param name="detections">The detections.</param>
    /// <param name="lesions">The lesions of the truth.</param>
    internal static SlideFroc Of(IEnumerable<Detection> detections, LesionMap lesions)
    {
        var (falsePositives, leftOut) = (new List<double>(), 0);
        var best = new double?[lesions.Lesions.Count];
        // A confidence of 0 finds nothing, as in the challenge: it is below every threshold.
        foreach (var detection in detections.Where(detection => detection.Confidence > 0))
        {
            if (lesions.At(detection.X, detection.Y) is { } hit)
            {
                if (lesions.Lesions[hit].IsIsolated)
                    leftOut++;
                else
                    best[hit] = Math.Max(best[hit] ?? 0, detection.Confidence);
            }
            else if (lesions.IsIgnored(detection.X, detection.Y))
                leftOut++;
            else
                falsePositives.Add(detection.Confidence);
        }
        var isolated = lesions.Lesions.Count(lesion => lesion.IsIsolated);
        return new(falsePositives, [.. best.Where((_, i) => !lesions.Lesions[i].IsIsolated)], isolated, leftOut);
    }
}
