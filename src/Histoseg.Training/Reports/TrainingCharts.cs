using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Slides.Annotations;

namespace Histoseg.Training.Reports;

/// <summary>The charts of a report.</summary>
internal static class TrainingCharts
{
    private const string Loss = "#0969da", CrossEntropy = "#8250df", Location = "#bf8700";

    // More points than pixels only make the file large.
    private const int MostPoints = 400;

    /// <summary>The losses over iterations.</summary>
    public static string Losses(IReadOnlyList<MetricsRow> rows)
    {
        (double, double)[] Of(Func<MetricsRow, double> value) => [.. rows.Select(row => ((double)row.Iteration, value(row)))];
        var total = Of(row => row.Loss);
        return Figure("Loss", LineChart.Draw("Loss over iterations", "iteration", "loss",
        [
            new("", Loss, Thinned(total), ChartStyle.Faint),
            new("loss", Loss, Thinned(Smoothed(total)), ChartStyle.Line),
            new("cross-entropy", CrossEntropy, Thinned(Smoothed(Of(row => row.CrossEntropy))), ChartStyle.Line),
            new("location loss", Location, Thinned(Smoothed(Of(row => row.LocationLoss))), ChartStyle.Line),
        ]));
    }

    /// <summary>Dice per class at each validation; empty where there was none.</summary>
    public static string Validations(IReadOnlyList<MetricsRow> rows, IReadOnlyList<string> classes, ClassPalette palette)
    {
        var validated = rows.Where(row => row.ValidationDice is not null).ToList();
        if (validated.Count == 0)
            return "";
        var curves = classes.Select((name, label) =>
            new ChartSeries(name, palette.Hex(label), [.. validated.Select(row => ((double)row.Iteration, row.ValidationDice![label]))], ChartStyle.Dotted));
        return Figure("Validation Dice over whole slides", LineChart.Draw("Validation Dice over iterations", "iteration", "Dice", [.. curves], (0, 1)));
    }

    /// <summary>Lesions found; as far to the right as the score looks, however many false positives there are in all.</summary>
    public static string Froc(FrocCurve curve)
    {
        var last = FrocCurve.Rates[^1];
        (double, double)[] points = [.. curve.Points.Where(point => point.FalsePositives < last).Select(point => (point.FalsePositives, point.Sensitivity)),
            (last, curve.SensitivityAt(last) ?? double.NaN)];
        return Figure("Lesions found", LineChart.Draw("Sensitivity over false positives per slide", "false positives per slide", "sensitivity",
            [new("", Loss, points, ChartStyle.Line)], (0, 1)));
    }

    private static string Figure(string caption, string chart) => $"<figure><figcaption>{caption}</figcaption>{chart}</figure>";

    // Mean over a window of 5 % of the run, so that the trend shows through the noise of small batches.
    private static (double X, double Y)[] Smoothed((double X, double Y)[] points)
    {
        var half = points.Length / 40;
        return [.. points.Select((point, i) => (point.X, points[Math.Max(0, i - half)..Math.Min(points.Length, i + half + 1)].Average(near => near.Y)))];
    }

    private static (double X, double Y)[] Thinned((double X, double Y)[] points) =>
        points.Length <= MostPoints ? points
        : [.. points.Chunk((points.Length + MostPoints - 1) / MostPoints).Select(group => (group.Average(point => point.X), group.Average(point => point.Y)))];
}
