namespace Histoseg.Training.Findings;

/// <summary>Slides that are scanned much coarser than the network is to see them.</summary>
internal static class CoarseSlides
{
    private const double Factor = 2;

    /// <summary>The sentence; null where there are none.</summary>
    /// <param name="mpp">µm per pixel the network sees; null: the slides' own.</param>
    /// <param name="scales">µm per pixel of the slides.</param>
    public static Answer? Of(double? mpp, IReadOnlyList<double> scales)
    {
        var coarse = scales.Where(scale => scale > Factor * mpp).ToList();
        return coarse.Count == 0 ? null : new(Question.Next, Figures.Text($"{coarse.Count} of {Figures.Count(scales.Count, "training slide")}, at up to ")
            + Figures.Text($"{coarse.Max():0.##} µm per pixel, had to be enlarged more than twice to data.mpp {mpp:0.##}, which adds no detail: ")
            + "raise data.mpp, or leave such slides out.");
    }
}
