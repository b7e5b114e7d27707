using System.Globalization;
using System.Text;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Evaluation.Objects;

namespace Histoseg.Training.Reports;

/// <summary>Writes the report of a training run: one HTML file with everything in it, no scripts.</summary>
internal static class TrainingReport
{
    private const string Loss = "#0969da", CrossEntropy = "#8250df", Location = "#bf8700";

    // More points than pixels only make the file large.
    private const int MostPoints = 400;

    /// <summary>Writes it; the file appears whole or not at all.</summary>
    /// <param name="path">The HTML file.</param>
    /// <param name="data">What it shows.</param>
    public static void Write(string path, TrainingReportData data)
    {
        var body = new StringBuilder();
        body.Append($"<header><h1>{Html.Escape(data.Title)}</h1><p class=\"summary\">{Html.Escape(data.Summary)}</p></header>");
        if (data.Headlines.Count > 0)
            body.Append("<div class=\"headlines\">").AppendJoin("", data.Headlines.Select(Headline)).Append("</div>");
        if (data.Metrics.Count > 0)
            Section(body, "Training", $"<div class=\"charts\">{Figure("Loss", LossChart(data.Metrics))}{DiceChart(data)}</div>");
        if (data.Results.Count > 0)
            Section(body, "Scores", Scores(data));
        if (data.Objects is { } objects)
            Section(body, "Objects", $"<p class=\"summary\">{Html.Escape(objects.InWords())}</p>{Html.Table(ObjectReport.Heading, objects.Rows())}");
        if (data.Froc is { } froc)
            Section(body, "Lesion FROC",
                $"<p class=\"summary\">{Html.Escape(FrocReport.InWords(froc.Curve, froc.Class))}</p><div class=\"charts\">"
                + Figure("Lesions found", FrocChart(froc.Curve)) + Html.Table(["false positives per slide", "sensitivity"], FrocReport.Rates(froc.Curve))
                + "</div>");
        if (data.Slides.Count > 0)
            Section(body, "Slides", Html.Legend(data.Classes) + string.Concat(data.Slides.Select(Triple)));
        if (data.Patches.Count > 0)
            Section(body, "Patches", Patches(data));
        if (data.Timings.Count > 0)
            Section(body, "Time", Html.Facts(data.Timings));
        if (data.Config.Length > 0)
            Section(body, "Config", $"<pre>{Html.Escape(data.Config.TrimEnd())}</pre>");
        body.Append(CultureInfo.InvariantCulture,
            $"<footer>Histoseg Engine {typeof(TrainingReport).Assembly.GetName().Version!.ToString(3)}, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC</footer>");
        WholeFile.WriteText(path, Html.Page(data.Title, body.ToString()));
    }

    private static void Section(StringBuilder body, string heading, string content) => body.Append($"<section><h2>{heading}</h2>{content}</section>\n");

    private static string Headline(ReportFigure figure) =>
        $"<div><span>{Html.Escape(figure.Label)}</span><b>{Html.Escape(figure.Value)}</b><span>{Html.Escape(figure.Note)}</span></div>";

    private static string Figure(string caption, string chart) => $"<figure><figcaption>{caption}</figcaption>{chart}</figure>";

    private static string LossChart(IReadOnlyList<MetricsRow> rows)
    {
        (double, double)[] Of(Func<MetricsRow, double> value) => [.. rows.Select(row => ((double)row.Iteration, value(row)))];
        var total = Of(row => row.Loss);
        return LineChart.Draw("Loss over iterations", "iteration", "loss",
        [
            new("", Loss, Thinned(total), ChartStyle.Faint),
            new("loss", Loss, Thinned(Smoothed(total)), ChartStyle.Line),
            new("cross-entropy", CrossEntropy, Thinned(Smoothed(Of(row => row.CrossEntropy))), ChartStyle.Line),
            new("location loss", Location, Thinned(Smoothed(Of(row => row.LocationLoss))), ChartStyle.Line),
        ]);
    }

    private static string DiceChart(TrainingReportData data)
    {
        var validated = data.Metrics.Where(row => row.ValidationDice is not null).ToList();
        if (validated.Count == 0)
            return "";
        var curves = data.Classes.Select((name, label) =>
            new ChartSeries(name, Html.Colour(label), [.. validated.Select(row => ((double)row.Iteration, row.ValidationDice![label]))], ChartStyle.Dotted));
        return Figure("Validation Dice over whole slides", LineChart.Draw("Validation Dice over iterations", "iteration", "Dice", [.. curves], (0, 1)));
    }

    private static string Scores(TrainingReportData data)
    {
        string[] heading = ["slide", "split", .. data.Classes.Select(name => $"Dice {name}"), .. data.Classes.Select(name => $"IoU {name}")];
        string[] Line(SlideResult slide) =>
            [slide.Slide, slide.Split, .. slide.Dice.Concat(slide.Iou).Select(score => score.ToString("0.000", CultureInfo.InvariantCulture))];
        return Html.Table(heading, data.Results.Select(Line), data.Pooled is { } pooled ? Line(pooled) : null);
    }

    // As far to the right as the score looks, however many false positives there are in all.
    private static string FrocChart(FrocCurve curve)
    {
        var last = FrocCurve.Rates[^1];
        (double, double)[] points = [.. curve.Points.Where(point => point.FalsePositives < last).Select(point => (point.FalsePositives, point.Sensitivity)),
            (last, curve.SensitivityAt(last) ?? double.NaN)];
        return LineChart.Draw("Sensitivity over false positives per slide", "false positives per slide", "sensitivity",
            [new("", Loss, points, ChartStyle.Line)], (0, 1));
    }

    private static string Patches(TrainingReportData data)
    {
        var notes = data.Patches.Where(slide => slide.Note is not null).Select(slide => $"<p class=\"summary\">{Html.Escape(slide.Note!)}</p>");
        return $"<p class=\"summary\">{Html.Escape(ReportPictures.PatchesInWords)}</p>{Html.Legend(data.Classes)}<div class=\"gallery\">"
            + string.Concat(data.Patches.SelectMany(slide => slide.Pictures).Select(Triple)) + "</div>" + string.Concat(notes);
    }

    private static string Triple(ReportPicture picture) => $"""
        <div class="triple"><p>{Html.Escape(picture.Caption)}</p>
        <figure>{Html.Picture(picture.Picture, "picture")}<span>picture</span></figure>
        <figure>{Html.Picture(picture.Truth, "truth")}<span>truth</span></figure>
        <figure>{Html.Picture(picture.Prediction, "prediction")}<span>prediction</span></figure></div>

        """;

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
