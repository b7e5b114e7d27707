using System.Globalization;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Studies;

/// <summary>What the notes below a table say.</summary>
internal static class StudyNotes
{
    /// <summary>What the score is.</summary>
    public static string Score(StudyConfig study) =>
        $"Score: mean over held-out slides of the mean Dice of the classes but background ({Foreground(study)}), 0 to 1. Pooled Dice: "
            + $"of all pixels of all held-out slides together.{Spread(study)}";

    /// <summary>What the score of small and large regions is.</summary>
    public static string Regions(StudyConfig study) => string.Create(CultureInfo.InvariantCulture,
        $"XS: annotated regions (connected, of one class: {Foreground(study)}) under {study.SizeLimit} pixels of the label map; XL: the others. "
            + $"Score: Dice of all held-out regions of that size together, where predicted regions count towards the size of the annotated regions "
            + $"they touch.{Spread(study)}");

    /// <summary>What was trained and held out, and how.</summary>
    public static string Data(StudyConfig study, IReadOnlyList<StudyRunState> runs)
    {
        var (protocol, rows) = (study.Protocol, runs[0].Run.Fold.Manifest.Rows);
        var patients = rows.Select(row => row.Patient).Distinct().Count();
        var folds = runs.Select(run => run.Run.Fold.Number).Distinct().Count();
        var heldOut = study.Folds == 0
            ? Text($"{rows.Count(row => row.Split == DataSplit.Test)} held out, {rows.Count(row => row.Split == DataSplit.Train)} trained on")
            : Text($"{study.Folds} patient-wise folds, {(folds == study.Folds ? "each held out once" : Text($"{folds} of them held out"))}");
        var model = study.Folds == 0 && rows.Any(row => row.Split == DataSplit.Val) ? "the best by validation slides" : "the last, nothing is selected";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Figures.Count(rows.Count, "slide")} of {Figures.Count(patients, "patient")}: {heldOut}. Every network: "
            + $"{Figures.Count(protocol.Training.Iterations, "update")} of "
            + $"{protocol.Training.BatchSize} patches of {protocol.Data.PatchSize} pixels"
            + $"{(protocol.Training.MaxMinutes is { } minutes ? Text($", at most {minutes} minutes") : "")}; model: {model}.");
    }

    private static string Foreground(StudyConfig study) => string.Join(", ", study.Protocol.Data.Classes.Skip(1));

    private static string Spread(StudyConfig study) =>
        study.Seeds.Count > 1 ? " ±: standard deviation over so many seeds as stand behind it; without ±: one seed." : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
