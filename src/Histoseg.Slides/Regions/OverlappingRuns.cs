namespace Histoseg.Slides.Regions;

/// <summary>Where regions of a row of truth and of the same row of a prediction share pixels of one label.</summary>
internal static class OverlappingRuns
{
    /// <summary>Goes through both rows once.</summary>
    /// <param name="truths">The runs of the truth, from left to right.</param>
    /// <param name="predictions">The runs of the prediction.</param>
    /// <param name="take">Told the runs that overlap and the pixels they share, going right.</param>
    public static void Of<TTruth, TPrediction>(ReadOnlySpan<RegionRun<TTruth>> truths, ReadOnlySpan<RegionRun<TPrediction>> predictions,
        Action<ConnectedRegion<TTruth>, ConnectedRegion<TPrediction>, int> take)
        where TTruth : struct, IRegionData<TTruth>
        where TPrediction : struct, IRegionData<TPrediction>
    {
        var first = 0;
        foreach (var run in predictions)
        {
            if (run.Region is null)
                continue;
            while (first < truths.Length && truths[first].End <= run.Start)
                first++;
            for (var i = first; i < truths.Length && truths[i].Start < run.End; i++)
                if (truths[i].Label == run.Label)
                    take(truths[i].Region!, run.Region, Math.Min(run.End, truths[i].End) - Math.Max(run.Start, truths[i].Start));
        }
    }
}
