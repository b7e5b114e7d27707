using Histoseg.Segmentation.Evaluation;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Findings;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Runs;

/// <summary>What the rules of a report look at, taken from a run.</summary>
internal static class GatheredFacts
{
    /// <summary>The facts.</summary>
    /// <param name="config">The run's config.</param>
    /// <param name="state">How far it is.</param>
    /// <param name="data">Its slides.</param>
    /// <param name="metrics">Its <c>metrics.csv</c>.</param>
    /// <param name="scored">The validation slides that were scored.</param>
    public static RunFacts Of(TrainConfig config, TrainingProgressState state, TrainingData data, IReadOnlyList<MetricsRow> metrics,
        IReadOnlyList<(string Name, string Patient, SlideScores Scores)> scored) => new()
        {
            Classes = config.Data.Classes,
            Losses = [.. metrics.Select(row => (row.Iteration, row.Loss))],
            Validations = [.. metrics.Where(row => row.ValidationDice is not null).Select(row => (row.Iteration, row.ValidationDice!.Skip(1).Average()))],
            Confusion = scored.Count == 0 ? null : SlideScores.Pool([.. scored.Select(slide => slide.Scores)]).Confusion,
            Slides = [.. scored.Select(slide => (slide.Name, slide.Scores.Confusion.MeanPresentDice))],
            Patients = [.. PatientScore.Of(scored.Select(slide => (slide.Patient, slide.Scores))).Select(one => (one.Patient, one.Confusion.MeanPresentDice))],
            End = EndOf(config.Training, state),
            Iterations = state.Iteration,
            IterationsSet = config.Training.Iterations,
            MinutesSet = config.Training.MaxMinutes,
            Rate = (config.Optimiser.LearningRate, LearningRate.At(config, Math.Max(0, state.Iteration - 1)),
                LearningRate.At(config, config.Training.Iterations - 1)),
            Samples = [.. Enumerable.Range(1, config.Data.Classes.Count - 1).Select(label => SamplesOf(label, config.Data.Classes[label], data))],
            TrainingPatients = data.Training.Slides.Select(slide => slide.Patient).Distinct().Count(),
            ValidationPatients = data.Validation.Select(slide => slide.Patient).Distinct().Count(),
            Mpp = config.Data.Mpp,
            SlideScales = [.. data.Training.Slides.Select(slide => slide.View.MicronsPerPixel / slide.View.Downsample)],
            Patches = (long)state.Iteration * config.Training.BatchSize,
            Unreadable = state.Unreadable,
        };

    private static RunEnd EndOf(TrainingConfig settings, TrainingProgressState state) => !state.Finished ? RunEnd.None
        : state.Iteration >= settings.Iterations ? RunEnd.Iterations
        : new TrainingAgenda(settings, hasValidation: true).OutOfPatience(state) ? RunEnd.Patience
        : RunEnd.Minutes;

    private static ClassSamples SamplesOf(int label, string name, TrainingData data)
    {
        var patients = new HashSet<string>();
        var patches = data.Training.PatchesOf(label);
        foreach (var patch in patches)
            patients.Add(data.Training.Slides[patch.Slide].Patient);
        return new(name, patches.Length, patients.Count);
    }
}
