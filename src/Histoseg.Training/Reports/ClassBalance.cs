using Histoseg.Segmentation.Evaluation;
using Histoseg.Training.Findings;

namespace Histoseg.Training.Reports;

/// <summary>How much of some pixels is of each class.</summary>
/// <param name="Name">Which pixels.</param>
/// <param name="Amounts">By class, the background first; in any unit.</param>
internal sealed record ClassBalance(string Name, IReadOnlyList<double> Amounts)
{
    /// <summary>What a set of slides is of, and what was predicted on them; none where nothing was scored.</summary>
    public static IReadOnlyList<ClassBalance> OfPrediction(ConfusionMatrix? confusion) => confusion is null ? [] :
    [
        new("truth", [.. Enumerable.Range(0, confusion.Classes).Select(label => (double)confusion.Score(label).Truth)]),
        new("prediction", [.. Enumerable.Range(0, confusion.Classes).Select(label => (double)confusion.Score(label).Predicted)]),
    ];

    /// <summary>Several side by side, a row per class; those that are empty are left out.</summary>
    public static string Draw(IReadOnlyList<string> classes, IReadOnlyList<ClassBalance> balances)
    {
        var shown = balances.Where(one => one.Amounts.Sum() > 0).ToList();
        return Html.Table(["class", .. shown.Select(one => one.Name)],
            classes.Select((name, label) => (string[])[name, .. shown.Select(one => Percent.Of(one.Amounts[label] / one.Amounts.Sum()))]));
    }
}
