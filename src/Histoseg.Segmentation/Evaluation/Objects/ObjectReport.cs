using Histoseg.Slides.Output;
using static Histoseg.Foundation.Figures;

namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>Object scores as tables: a line per slide and class, then the means over slides, then those of all objects together.</summary>
/// <param name="classNames">Class names; the index is the label.</param>
/// <param name="slides">Each slide's scores by class; at least one slide.</param>
/// <param name="pooled">The name of the lines of all objects together.</param>
internal sealed class ObjectReport(
    IReadOnlyList<string> classNames, IReadOnlyCollection<(string Name, IReadOnlyList<ObjectScore> Scores)> slides, string pooled)
{
    /// <summary>The name of the lines of means over slides.</summary>
    public const string Mean = "(mean)";

    private readonly record struct Line(string Slide, string Class, ObjectScore? Objects, double F1, double Dice, double? Hausdorff, double? Microns)
    {
        public Line(string slide, string name, ObjectScore score)
            : this(slide, name, score, score.F1, score.Dice, score.Hausdorff, score.HausdorffMicrons) { }
    }

    /// <summary>Column names of <see cref="Rows"/>.</summary>
    public static IReadOnlyList<string> Heading { get; } =
        ["slide and class", "annotated", "predicted", "found", "F1", "Dice", "Hausdorff px", "Hausdorff µm"];

    /// <summary>RFC 4180. Figures that do not exist are empty.</summary>
    public string Csv()
    {
        string[] heading =
        [
            "slide", "class", "truth_objects", "predicted_objects", "true_positives", "false_positives", "false_negatives", "object_precision", "object_recall",
            "object_f1", "object_dice", "object_hausdorff_px", "object_hausdorff_um",
        ];
        return CsvText.Of(heading, Lines().Select(line => (string[])
        [
            line.Slide, line.Class, .. Counts(line.Objects), Exact(line.Objects?.Precision), Exact(line.Objects?.Recall),
            Exact(line.F1), Exact(line.Dice), Exact(line.Hausdorff), Exact(line.Microns),
        ]));
    }

    /// <summary>For readers.</summary>
    public IEnumerable<string[]> Rows() => Lines().Select(line => (string[])
    [
        $"{line.Slide}: {line.Class}", .. Counts(line.Objects).Take(3), Share(line.F1), Share(line.Dice), Distance(line.Hausdorff), Distance(line.Microns),
    ]);

    /// <summary>What the tables are of.</summary>
    public string InWords()
    {
        var without = slides.Sum(slide => slide.Scores.Sum(score => score.WithoutDistance));
        return "Connected regions of a class (8 neighbours), scored as in the GlaS challenge: F1 of the objects found, an object being found when a predicted "
            + "one that is matched to it covers half of it; Dice and Hausdorff distance of each object and its match, weighted by area. "
            + $"{Mean}: over slides; {pooled}: over all objects."
            + (without == 0 ? "" : $" {Count(without, "object")} on slides without any of the other side: left out of the distances.");
    }

    private IEnumerable<Line> Lines() =>
        [.. slides.SelectMany(slide => slide.Scores.Select(score => new Line(slide.Name, classNames[score.Class], score))), .. Means(), .. Pooled()];

    private IEnumerable<Line> Means() => from score in slides.SelectMany(slide => slide.Scores)
                                         group score by score.Class into ofClass
                                         select new Line(Mean, classNames[ofClass.Key], null, ofClass.Average(score => score.F1),
                                             ofClass.Average(score => score.Dice), ofClass.Average(score => score.Hausdorff),
                                             ofClass.Average(score => score.HausdorffMicrons));

    private IEnumerable<Line> Pooled() => slides.SelectMany(slide => slide.Scores).GroupBy(score => score.Class)
        .Select(ofClass => new Line(pooled, classNames[ofClass.Key], ofClass.Aggregate((a, b) => a + b)));

    private static string[] Counts(ObjectScore? score) => score is { } known
        ? [Number(known.Truth.Objects), Number(known.Predicted.Objects), Number(known.TruePositives), Number(known.FalsePositives),
                Number(known.FalseNegatives)]
        : ["", "", "", "", ""];

    private static string Distance(double? value) => value is { } known ? Text($"{known:0.00}") : "–";
}
