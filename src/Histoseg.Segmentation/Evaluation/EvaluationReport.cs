using System.Globalization;
using System.Text;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Evaluation.Objects;
using Histoseg.Slides.Output;
using static Histoseg.Foundation.Figures;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Writes the tables of an evaluation.</summary>
internal static class EvaluationReport
{
    /// <summary>In tables, the name of the row of all slides together.</summary>
    public const string Pooled = "(pooled)";

    /// <summary>RFC 4180: one line per slide and class, then the pooled ones. Figures that do not exist are empty.</summary>
    public static string Csv(EvaluationResult result)
    {
        string[] heading =
        [
            "slide", "class", "dice", "iou", "precision", "recall", "truth_px", "predicted_px", "intersection_px", "missing_px", "slide_pixel_accuracy",
            "slide_mean_foreground_dice",
            "xs_regions", "xs_found", "xs_dice", "xs_recall", "xl_regions", "xl_found", "xl_dice", "xl_recall",
        ];
        return CsvText.Of(heading, Scored(result).SelectMany(slide => result.ClassNames.Select((name, label) => Line(slide.Name, slide.Scores, name, label))));
    }

    /// <summary>
    /// Markdown: pooled scores per class, Dice per slide, regions by size, objects and the lesion FROC where they were asked for, slides without a score.
    /// </summary>
    public static string Markdown(EvaluationResult result)
    {
        var text = new StringBuilder("# Evaluation\n");
        if (result.Pooled is { } pooled)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"\n{Count(Scored(result).Count() - 1, "slide")}, {pooled.Confusion.Total} pixels scored, {pooled.Confusion.Missing} without prediction "
                + $"(unreadable). ");
            text.Append(CultureInfo.InvariantCulture,
                $"Pixel accuracy {Share(pooled.Confusion.PixelAccuracy)}. Mean over slides of the mean Dice of the classes but background: "
                + $"{Share(result.MeanForegroundDice)}.\n");

            text.Append("\n## All pixels of all slides\n\n");
            text.Append(MarkdownTable.Of(["class", "Dice", "IoU", "precision", "recall", "annotated px", "predicted px"],
                result.ClassNames.Select((name, label) =>
            {
                var score = pooled.Confusion.Score(label);
                return new[] { MarkdownText.Plain(name), Share(score.Dice), Share(score.Iou), Share(score.Precision), Share(score.Recall), Number(score.Truth),
                    Number(score.Predicted) };
            })));

            text.Append("\n## Dice per slide\n\n");
            string[] heading = ["slide", .. result.ClassNames.Select(MarkdownText.Plain), "mean foreground", "pixel accuracy"];
            text.Append(MarkdownTable.Of(heading, Scored(result).Select(slide => (string[])
                [MarkdownText.Plain(slide.Name), .. result.ClassNames.Select((_, label) => Share(slide.Scores.Confusion.Score(label).Dice)),
                    Share(slide.Scores.Confusion.MeanForegroundDice), Share(slide.Scores.Confusion.PixelAccuracy)])));

            text.Append(CultureInfo.InvariantCulture,
                $"\n## Annotated regions by size\n\nXS: connected regions under {result.SizeLimit} pixels of the label map; XL: the others. "
                + $"Predicted regions count towards the size of the annotated regions they touch.\n\n");
            text.Append(MarkdownTable.Of(["class", "size", "regions", "found", "Dice", "recall"], pooled.Regions.Select(region => new[]
                { MarkdownText.Plain(result.ClassNames[region.Class]), region.Size.ToString(), Number(region.Regions), Number(region.Found), Share(region.Dice),
                    Share(region.Recall) })));
        }
        if (Objects(result) is { } objects)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## Objects\n\n{objects.InWords()}\n\n");
            text.Append(MarkdownTable.Of(ObjectReport.Heading, objects.Rows().Select(row => (string[])[MarkdownText.Plain(row[0]), .. row[1..]])));
        }
        if (result is { Froc: { } curve, FrocClass: { } lesion })
        {
            text.Append(CultureInfo.InvariantCulture,
                $"\n## Lesion FROC\n\n{FrocReport.InWords(curve, MarkdownText.Plain(result.ClassNames[lesion]))} As in the Camelyon16 challenge: "
                + $"mean sensitivity at these numbers of false positives per slide.\n\n");
            text.Append(MarkdownTable.Of(["false positives per slide", "sensitivity"], FrocReport.Rates(curve)));
            text.Append("\nOver all confidences:\n\n");
            text.Append(MarkdownTable.Of(["slide", "lesions", "found", "false positives", "isolated tumour cells"],
                FrocReport.Slides(from slide in result.Slides where slide.Froc is not null select (MarkdownText.Plain(slide.Name), slide.Froc))));
        }
        var failed = result.Slides.Where(slide => slide.Error is not null).ToList();
        if (failed.Count > 0)
        {
            text.Append("\n## Not scored\n\n");
            text.Append(MarkdownTable.Of(["slide", "why"], failed.Select(slide => new[] { MarkdownText.Plain(slide.Name), MarkdownText.Plain(slide.Error!) })));
        }
        return text.ToString();
    }

    /// <summary>The tables of objects; null where none were asked for or no slide was scored.</summary>
    public static ObjectReport? Objects(EvaluationResult result)
    {
        var slides = new List<(string, IReadOnlyList<ObjectScore>)>();
        foreach (var slide in result.Slides)
            if (slide.Scores?.Objects is { } scores)
                slides.Add((slide.Name, scores));
        return slides.Count == 0 ? null : new(result.ClassNames, slides, Pooled);
    }

    private static IEnumerable<(string Name, SlideScores Scores)> Scored(EvaluationResult result)
    {
        foreach (var slide in result.Slides)
            if (slide.Scores is { } scores)
                yield return (slide.Name, scores);
        if (result.Pooled is { } pooled)
            yield return (Pooled, pooled);
    }

    private static string[] Line(string slide, SlideScores scores, string name, int label)
    {
        var score = scores.Confusion.Score(label);
        List<string> line =
        [
            slide, name, Exact(score.Dice), Exact(score.Iou), Exact(score.Precision), Exact(score.Recall),
            Number(score.Truth), Number(score.Predicted), Number(score.Intersection), Number(score.Missing),
            Exact(scores.Confusion.PixelAccuracy), Exact(scores.Confusion.MeanForegroundDice),
        ];
        foreach (var size in Enum.GetValues<RegionSize>())
            if (scores.Regions.Where(region => region.Class == label && region.Size == size).ToList() is [var region])
                line.AddRange([Number(region.Regions), Number(region.Found), Exact(region.Dice), Exact(region.Recall)]);
            else
                line.AddRange(["", "", "", ""]); // regions are not sought in the background
        return [.. line];
    }
}
