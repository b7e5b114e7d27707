using static Histoseg.Foundation.Figures;

namespace Histoseg.Training.Reports;

/// <summary>Scores per patient, and how sure their mean is.</summary>
internal static class PatientTable
{
    private const int Few = 10;

    /// <summary>The table; a sentence tells how the interval comes about.</summary>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="patients">At least one.</param>
    public static string Draw(IReadOnlyList<string> classes, IReadOnlyList<PatientScore> patients)
    {
        var labels = Enumerable.Range(1, classes.Count - 1).ToList();
        List<Func<PatientScore, double?>> columns = [.. labels.Select(label => (Func<PatientScore, double?>)(patient => patient.Dice(label)))];
        if (labels.Count > 1)
            columns.Add(patient => patient.Confusion.MeanPresentDice);
        string[] heading = ["patient", "slides", .. labels.Select(label => $"Dice {classes[label]}"), .. labels.Count > 1 ? ["mean"] : Array.Empty<string>()];
        List<string[]> last = [["mean", "", .. columns.Select(column => Decimals(patients.Average(column)))]];
        var intervals = columns.Select(column => Bootstrap.OfMean([.. patients.Select(column).OfType<double>()])).ToList();
        if (intervals.Any(interval => interval is not null))
            last.Add(["95 % interval", "", .. intervals.Select(interval => interval is var (low, high) ? Text($"{low:0.000}–{high:0.000}") : "–")]);
        return $"<p class=\"summary\">{Html.Escape(InWords(patients.Count))}</p>" + Html.Foldable(heading,
            [.. patients.Select(patient => (string[])[patient.Patient, Number(patient.Slides), .. columns.Select(column => Decimals(column(patient)))])],
            last, "patient");
    }

    private static string InWords(int patients) =>
        "The pixels of all slides of a patient together; a class that neither truth nor prediction of a patient show has no Dice. "
        + (patients < Bootstrap.FewestValues ? Text($"For an interval of the mean there are too few patients: at least {Bootstrap.FewestValues} are needed.")
            : Text($"The interval is that of the mean over patients, by bootstrap: {Bootstrap.Samples} times as many patients are drawn, each may be drawn ")
            + Text($"again (seed {Bootstrap.Seed}), and 95 % of their means lie in it.{(patients < Few ? " Of so few patients it is rough." : "")}"));

    private static string Decimals(double? value) => value is { } known ? Text($"{known:0.000}") : "–";
}
