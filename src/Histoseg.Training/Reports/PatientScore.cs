using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Reports;

/// <summary>The pixels of all slides of a patient together.</summary>
/// <param name="Patient">Whose they are.</param>
/// <param name="Slides">How many slides.</param>
/// <param name="Confusion">Their pixels by class.</param>
internal sealed record PatientScore(string Patient, int Slides, ConfusionMatrix Confusion)
{
    /// <summary>Puts slides together by patient, in the order patients are met.</summary>
    public static IReadOnlyList<PatientScore> Of(IEnumerable<(string Patient, SlideScores Scores)> slides) =>
    [
        .. slides.GroupBy(slide => slide.Patient, slide => slide.Scores)
            .Select(one => new PatientScore(one.Key, one.Count(), SlideScores.Pool([.. one]).Confusion)),
    ];

    /// <summary>Dice of a class; null where neither truth nor prediction show it.</summary>
    public double? Dice(int label) => Confusion.Score(label) is { Truth: 0, Predicted: 0 } ? null : Confusion.Score(label).Dice;
}
