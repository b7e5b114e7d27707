using System.Globalization;
using System.Text;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Evaluation.Objects;

namespace Histoseg.Training.Reports;

/// <summary>Writes the report of a training run: one HTML file with everything in it, no scripts.</summary>
internal static class TrainingReport
{
    /// <summary>Writes it; the file appears whole or not at all.</summary>
    /// <param name="path">The HTML file.</param>
    /// <param name="data">What it shows.</param>
    public static void Write(string path, TrainingReportData data)
    {
        var body = new StringBuilder();
        body.Append($"<header><h1>{Html.Escape(data.Title)}</h1>{Summary(data.Summary)}</header>");
        if (data.Status is { } status)
            body.Append($"<p class=\"status\">{Html.Escape(status.Text)}</p>");
        if (data.Headlines.Count > 0)
            body.Append("<div class=\"headlines\">").AppendJoin("", data.Headlines.Select(Headline)).Append("</div>");
        if (data.Answers.Count > 0)
            Section(body, "What this run says", AnswersSection.Draw(data.Answers));
        if (data.Metrics.Count > 0)
            Section(body, "Training",
                $"<div class=\"charts\">{TrainingCharts.Losses(data.Metrics)}{TrainingCharts.Validations(data.Metrics, data.Classes, data.Palette)}</div>");
        Scores(body, data);
        Pictures(body, data);
        if (data.Timings.Count > 0)
            Section(body, "Time", Html.Facts(data.Timings));
        if (data.Config.Length > 0)
            Section(body, "Config", $"<pre>{Html.Escape(data.Config.TrimEnd())}</pre>");
        body.Append(CultureInfo.InvariantCulture,
            $"<footer>Histoseg Engine {typeof(TrainingReport).Assembly.GetName().Version!.ToString(3)}, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC</footer>");
        WholeFile.WriteText(path, Html.Page(data.Title, body.ToString(), data.Status?.RenewEvery));
    }

    private static void Scores(StringBuilder body, TrainingReportData data)
    {
        if (data.Results.Count > 0)
            Section(body, "Scores", Summary(data.ScoresNote) + ScoreTable(data));
        if (data.Confusion is { Total: > 0 } confusion)
            Section(body, "Which class is taken for which", ConfusionTable.Draw(data.Classes, confusion));
        if (data.Patients.Count > 0)
            Section(body, "Patients", PatientTable.Draw(data.Classes, data.Patients));
        if (data.Balances.Count > 0)
            Section(body, "Balance of classes", ClassBalance.Draw(data.Classes, data.Balances));
        if (data.Objects is { } objects)
            Section(body, "Objects", Summary(objects.InWords()) + Html.Table(ObjectReport.Heading, objects.Rows()));
        if (data.Froc is { } froc)
            Section(body, "Lesion FROC", Summary(FrocReport.InWords(froc.Curve, froc.Class))
                + $"<div class=\"charts\">{TrainingCharts.Froc(froc.Curve)}"
                + $"{Html.Table(["false positives per slide", "sensitivity"], FrocReport.Rates(froc.Curve))}</div>");
    }

    private static void Pictures(StringBuilder body, TrainingReportData data)
    {
        var legend = Html.Legend(data.Classes, data.Palette);
        if (data.Worst.Count > 0 || data.WorstNote.Length > 0)
            Section(body, "Worst patches", Summary(data.WorstNote) + (data.Worst.Count > 0 ? legend + Gallery(data.Worst) : ""));
        if (data.Slides.Count > 0)
            Section(body, "Slides", Summary(data.SlidesNote) + legend + string.Concat(data.Slides.Select(Triple)));
        if (data.Borders.Count > 0)
            Section(body, "Where classes meet",
                Summary("Of each slide above the patch that shows its classes most evenly, right or wrong.") + legend + Gallery(data.Borders));
        if (data.Seen.Count > 0)
            Section(body, "What the network saw", Summary("Patches of the first update, turned, zoomed, stained and blurred as the network got them, "
                + "and the truth it is to learn.") + legend + $"<div class=\"seen\">{string.Concat(data.Seen.Select(Pair))}</div>");
    }

    private static void Section(StringBuilder body, string heading, string content) => body.Append($"<section><h2>{heading}</h2>{content}</section>\n");

    private static string Summary(string text) => text.Length == 0 ? "" : $"<p class=\"summary\">{Html.Escape(text)}</p>";

    private static string Headline(ReportFigure figure) =>
        $"<div><span>{Html.Escape(figure.Label)}</span><b>{Html.Escape(figure.Value)}</b><span>{Html.Escape(figure.Note)}</span></div>";

    private static string ScoreTable(TrainingReportData data)
    {
        string[] heading = ["slide", "split", .. data.Classes.Select(name => $"Dice {name}"), .. data.Classes.Select(name => $"IoU {name}")];
        string[] Line(SlideResult slide) =>
            [slide.Slide, slide.Split, .. slide.Dice.Concat(slide.Iou).Select(score => score.ToString("0.000", CultureInfo.InvariantCulture))];
        return Html.Foldable(heading, [.. data.Results.Select(Line)], data.Pooled is { } pooled ? [Line(pooled)] : null, "slide");
    }

    private static string Gallery(IReadOnlyList<ReportPicture> pictures) => $"<div class=\"gallery\">{string.Concat(pictures.Select(Triple))}</div>";

    private static string Triple(ReportPicture picture) => $"""
        <div class="triple"><p>{Html.Escape(picture.Caption)}</p>
        {Figure(picture.Picture, "picture", $"{picture.Caption}; the picture itself")}
        {Figure(picture.Truth, "truth", $"{picture.Caption}; the annotated classes laid over the picture")}
        {Figure(picture.Prediction, "prediction", $"{picture.Caption}; the predicted classes laid over the picture")}</div>

        """;

    private static string Pair(SeenPatch patch) => $"""
        <div class="triple"><p>{Html.Escape(patch.Caption)}</p>
        {Figure(patch.Picture, "patch", $"The patch of {patch.Caption} as the network saw it")}
        {Figure(patch.Truth, "truth", $"The same patch of {patch.Caption} with the annotated classes laid over")}</div>

        """;

    private static string Figure(byte[] picture, string caption, string alt) =>
        $"<figure>{Html.Picture(picture, alt)}<figcaption>{caption}</figcaption></figure>";
}
