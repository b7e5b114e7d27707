using System.Globalization;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.View.Sources;

/// <summary>The Dice scores of an <c>evaluation.csv</c>.</summary>
internal static class ScoreTable
{
    /// <summary>Dice by class and slide; of a file that is not there or is no such table, nothing.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Read(string path)
    {
        var scores = new Dictionary<string, IReadOnlyDictionary<string, double>>();
        if (!File.Exists(path))
            return scores;
        try
        {
            foreach (var slide in new ManifestCsv(path, ["slide", "class", "dice"], null).Rows.GroupBy(row => row.Field("slide") ?? ""))
                if (slide.Key != EvaluationReport.Pooled)
                    scores[slide.Key] = slide.Where(row => row.Field("class") is not null && Number(row.Field("dice")) is not null)
                        .DistinctBy(row => row.Field("class")).ToDictionary(row => row.Field("class")!, row => Number(row.Field("dice"))!.Value);
        }
        catch (SlideError)
        {
            // Another program's file of that name.
        }
        return scores;
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
