using System.Globalization;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Findings;

namespace Histoseg.Training.Reports;

/// <summary>Gathers what a report shows of label maps on disk: scores, pictures, and the curves of the run that trained the model.</summary>
internal static class ResultReport
{
    /// <summary>The content of a report.</summary>
    /// <param name="config">The config the model was trained by.</param>
    /// <param name="configText">The same as YAML.</param>
    /// <param name="evaluation">The scores.</param>
    /// <param name="rows">The dataset's rows of the slides scored.</param>
    /// <param name="metrics">Lines of the run's <c>metrics.csv</c>; empty: no curves.</param>
    /// <exception cref="SlideError">A slide, its truth or its label map cannot be read any more.</exception>
    public static TrainingReportData Gather(TrainConfig config, string configText, EvaluationResult evaluation, IReadOnlyList<ManifestRow> rows,
        IReadOnlyList<MetricsRow> metrics)
    {
        var scored = evaluation.Slides.Where(slide => slide.Scores is not null)
            .Join(rows, slide => slide.Path, row => row.Slide, (slide, row) => (slide, row)).ToList();
        var settings = config.ToSlideSettings();
        var pictures = new PictureChoice(
            [.. scored.Select(pair => (pair.slide.Name, pair.slide.Scores!))], evaluation.ClassNames, config.Data.PatchSize, config.Palette);
        foreach (var (i, (slide, row)) in scored.Index().Where(one => pictures.Wants(one.Index)))
        {
            using var opened = OpenedSlide.Open(row, settings);
            using var prediction = new LabelMap(slide.LabelMap!, opened.Slide);
            pictures.Draw(i, opened.View, opened.Labels, prediction);
        }
        var patients = PatientScore.Of(scored.Select(pair => (pair.row.Patient, pair.slide.Scores!)));
        var confusion = evaluation.Pooled?.Confusion;
        var splits = scored.Select(pair => pair.row.Split).Distinct().ToList();
        var slidesInWords = Count(scored.Count, splits is [{ } split] ? $"{split.ToString().ToLowerInvariant()} slide" : "slide");
        return pictures.Into(new()
        {
            Title = $"Segmentation of {string.Join(", ", evaluation.ClassNames.Skip(1))}",
            Summary = $"{config.Network.InWords()}; {slidesInWords} against {(scored.Count == 1 ? "its" : "their")} annotation.",
            Classes = evaluation.ClassNames,
            Palette = config.Palette,
            Headlines = Headlines(evaluation, slidesInWords, metrics),
            Metrics = metrics,
            Results =
                [.. scored.Select(pair => SlideResult.Of(pair.slide.Name, pair.row.Split?.ToString().ToLowerInvariant() ?? "", pair.slide.Scores!.Confusion))],
            Pooled = evaluation.Pooled is { } pooled && scored.Count > 1 ? SlideResult.Of("all pixels", "", pooled.Confusion) : null,
            Objects = EvaluationReport.Objects(evaluation),
            Froc = evaluation is { Froc: { } curve, FrocClass: { } lesion } ? (evaluation.ClassNames[lesion], curve) : null,
            Answers = [.. RunAnswers.WhereWrong(evaluation.ClassNames, confusion,
                [.. scored.Select(pair => (pair.slide.Name, pair.slide.Scores!.Confusion.MeanPresentDice))],
                [.. patients.Select(patient => (patient.Patient, patient.Confusion.MeanPresentDice))]).OfType<Answer>()],
            Confusion = confusion,
            Patients = patients,
            Balances = ClassBalance.OfPrediction(confusion),
            Timings = Timings(metrics),
            Config = configText,
        });
    }

    private static List<ReportFigure> Headlines(EvaluationResult evaluation, string slides, IReadOnlyList<MetricsRow> metrics)
    {
        var figures = new List<ReportFigure>();
        if (evaluation.Pooled is { } pooled)
        {
            figures.AddRange(evaluation.ClassNames.Skip(1)
                .Select((name, i) => new ReportFigure($"Dice, {name}", Number(pooled.Confusion.Score(i + 1).Dice, "0.000"), $"all pixels of {slides}")));
            if (evaluation.Froc?.Score is { } froc)
                figures.Add(new("lesion FROC", Number(froc, "0.000"), $"{Count(evaluation.Froc.Lesions, "lesion")}"));
            figures.Add(new("pixel accuracy", $"{Number(pooled.Confusion.PixelAccuracy * 100, "0.0")} %",
                pooled.Confusion.Missing > 0 ? $"{pooled.Confusion.Missing} pixels could not be read" : ""));
        }
        if (metrics.Count > 0)
        {
            figures.Add(new("training", InWords(metrics[^1].Seconds), Count(metrics[^1].Iteration, "iteration")));
            figures.Add(new("speed", $"{Number(metrics.Average(row => row.PatchesPerSecond), "0.#")} patches/s", "in training"));
        }
        return figures;
    }

    private static List<ReportFigure> Timings(IReadOnlyList<MetricsRow> metrics)
    {
        if (metrics.Count == 0)
            return [];
        var best = metrics.Where(row => row.ValidationDice is { Count: > 1 }).MaxBy(row => row.ValidationDice!.Skip(1).Average());
        List<ReportFigure> lines =
        [
            new("training and validation", InWords(metrics[^1].Seconds), Count(metrics[^1].Iteration, "iteration")),
            new("patches per second", Number(metrics.Average(row => row.PatchesPerSecond), "0.0"),
                $"{Number(metrics.Min(row => row.PatchesPerSecond), "0.0")} to {Number(metrics.Max(row => row.PatchesPerSecond), "0.0")}"),
            new("patches with some foreground", $"{Number(metrics.Average(row => row.PositiveShare) * 100, "0.0")} %", "of those trained on"),
        ];
        if (best is not null)
            lines.Add(new("best validation", $"iteration {best.Iteration}", $"mean foreground Dice {Number(best.ValidationDice!.Skip(1).Average(), "0.000")}"));
        return lines;
    }

    private static string InWords(double seconds) =>
        seconds < 60 ? $"{Number(seconds, "0.0")} s"
        : seconds < 3600 ? $"{Number(Math.Floor(seconds / 60), "0")} min {Number(Math.Floor(seconds % 60), "0")} s"
        : $"{Number(Math.Floor(seconds / 3600), "0")} h {Number(Math.Floor(seconds % 3600 / 60), "0")} min";

    private static string Count(int count, string what) => $"{Number(count, "0")} {what}{(count == 1 ? "" : "s")}";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
