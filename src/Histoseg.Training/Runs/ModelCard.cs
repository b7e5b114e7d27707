using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Data;

namespace Histoseg.Training.Runs;

/// <summary>What is written of a model that training saves.</summary>
internal static class ModelCard
{
    /// <summary>The description of the network as it is.</summary>
    /// <param name="config">What was trained.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="state">How far the run is.</param>
    /// <param name="data">On what.</param>
    /// <param name="scores">Its scores on the validation slides; empty: it was not validated.</param>
    public static ModelDescription Of(TrainConfig config, Normalisation normalisation, TrainingProgressState state, TrainingData data,
        IReadOnlyList<SlideScores> scores) => new()
        {
            Network = config.Network.WithoutPath,
            NumClasses = config.Data.Classes.Count,
            ClassNames = config.Data.Classes,
            ClassColours = config.Data.Colours,
            PatchSizePixels = config.Data.PatchSize,
            SpacingUmPx = config.Data.Mpp,
            Normalisation = normalisation,
            TissueRule = config.Data.Tissue,
            TissueThreshold = config.Data.TissueThreshold,
            Iteration = state.Iteration,
            TrainingData = $"{Figures.Count(data.Training.Slides.Count, "slide")} with {Figures.Count(data.Training.PatchCount, "patch", "patches")} of "
            + $"{Path.GetFileName(config.Data.Manifest ?? config.Data.Images)}, {(scores.Count == 0 ? "not validated" : $"validated on {scores.Count}")}",
            TrainingColours = data.Colours,
            Metrics = Metrics(config.Data.Classes, scores),
        };

    private static Dictionary<string, double> Metrics(IReadOnlyList<string> classes, IReadOnlyList<SlideScores> scores)
    {
        var metrics = new Dictionary<string, double>();
        if (scores.Count == 0)
            return metrics;
        var pooled = SlideScores.Pool([.. scores]).Confusion;
        for (var c = 0; c < classes.Count; c++)
            metrics[$"validation_dice_{classes[c]}"] = pooled.Score(c).Dice;
        if (SlideScores.MeanForegroundDice(scores) is { } mean)
            metrics["validation_dice_mean_per_slide"] = mean;
        return metrics;
    }
}
