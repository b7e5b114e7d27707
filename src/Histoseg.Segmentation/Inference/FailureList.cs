using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Writes <c>failures.csv</c>: the slides of the last run that have an error, and the error. Only the heading: there are none.</summary>
internal static class FailureList
{
    public static void Save(string folder, IEnumerable<SlideOutcome> outcomes) =>
        WholeFile.WriteText(Path.Combine(folder, "failures.csv"), CsvText.Of(
            ["slide", "error"],
            outcomes.Where(outcome => outcome.Error is not null).Select(outcome => new[] { outcome.Path, outcome.Error! })));
}
