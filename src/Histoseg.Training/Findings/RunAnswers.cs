using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Findings;

/// <summary>All rules, in the order a reader meets their sentences.</summary>
internal static class RunAnswers
{
    /// <summary>What the data says, and nothing where it says nothing.</summary>
    public static IReadOnlyList<Answer> Of(RunFacts run)
    {
        Answer?[] answers =
        [
            DiceAgainstOneClass.Of(run.Classes, run.Confusion), LossCourse.Of(run.Losses), StillImproving.Of(run.Validations, run.End), RateAtEnd.Of(run),
            .. WhereWrong(run.Classes, run.Confusion, run.Slides, run.Patients),
            LongerTraining.Of(run), FallInTime.Of(run), FlatLoss.Of(run.Losses), LearntByHeart.Of(run.Losses, run.Validations),
            SeldomSampled.Of(run.Samples), OnFewPatients.Of(run.Samples, run.TrainingPatients), CoarseSlides.Of(run.Mpp, run.SlideScales),
            FineSlides.Of(run.Mpp, run.SlideScales, run.Confusion), UnreadablePatches.Of(run.Patches, run.Unreadable),
            OneTrainingPatient.Of(run.TrainingPatients), FewHeldOut.Of(run.ValidationPatients),
        ];
        return [.. answers.OfType<Answer>()];
    }

    /// <summary>The rules that need no more than scores.</summary>
    public static IEnumerable<Answer?> WhereWrong(IReadOnlyList<string> classes, ConfusionMatrix? confusion,
        IReadOnlyList<(string Name, double? Dice)> slides, IReadOnlyList<(string Name, double? Dice)> patients) =>
        [
            LargestConfusion.Of(classes, confusion), HardlyFound.Of(classes, confusion), FarBelow.Of("slide", slides),
            patients.Count < slides.Count ? FarBelow.Of("patient", patients) : null,
        ];
}
