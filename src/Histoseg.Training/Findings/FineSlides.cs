using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>Slides that have much finer detail than the network is shown, where it does not do well.</summary>
internal static class FineSlides
{
    private const double Factor = 2, GoodDice = 0.8;

    /// <summary>The sentence; null where all is well, or some slide is not that fine.</summary>
    /// <param name="mpp">µm per pixel the network sees; null: the slides' own.</param>
    /// <param name="scales">µm per pixel of the slides.</param>
    /// <param name="confusion">Pixels of the validation slides.</param>
    public static Answer? Of(double? mpp, IReadOnlyList<double> scales, ConfusionMatrix? confusion) =>
        mpp is not { } seen || scales.Count == 0 || confusion?.MeanPresentDice is not < GoodDice || scales.Max() * Factor >= seen ? null
        : new(Question.Next, Figures.Text($"The slides have {scales.Max():0.##} µm per pixel or finer and the network sees {seen:0.##}: ")
            + Figures.Text($"if it is fine detail that tells the classes apart, try data.mpp {seen / 2:0.##}."));
}
