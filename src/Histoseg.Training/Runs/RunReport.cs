using System.Globalization;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides.Annotations;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Findings;
using Histoseg.Training.Reports;
using static Histoseg.Foundation.Figures;

namespace Histoseg.Training.Runs;

/// <summary>Fills the report of a run from its metrics, what it was trained on and the scores of its validation slides.</summary>
/// <param name="run">The run folder.</param>
/// <param name="config">The run's config.</param>
/// <param name="data">Its slides.</param>
/// <param name="device">What it is trained on.</param>
internal sealed class RunReport(RunFolder run, TrainConfig config, TrainingData data, string device)
{
    /// <summary>All but pictures.</summary>
    /// <param name="state">How far the run is.</param>
    /// <param name="scores">The scores of each validation slide; empty: not known yet.</param>
    /// <param name="scoresNote">What these are of.</param>
    public TrainingReportData Gather(TrainingProgressState state, IReadOnlyList<SlideScores> scores, string scoresNote)
    {
        var metrics = File.Exists(run.Metrics) ? MetricsCsv.Read(run.Metrics).Rows : [];
        var scored = data.Validation.Zip(scores, (slide, its) => (slide.Name, slide.Patient, Scores: its)).Where(slide => slide.Scores.IsScored).ToList();
        var facts = GatheredFacts.Of(config, state, data, metrics, scored);
        var trained = (double)state.Iteration * config.Training.BatchSize;
        return new()
        {
            Title = $"{config.Network.Name}: {string.Join(", ", config.Data.Classes.Skip(1))}",
            Summary = Text($"{Count(data.Training.Slides.Count, "training slide")} ({Count(data.Training.PatchCount, "patch", "patches")} of ")
                + Text($"{config.Data.PatchSize} px), {Count(data.Validation.Count, "whole slide")} to validate on."),
            Answers = RunAnswers.Of(facts),
            Classes = config.Data.Classes,
            Palette = config.Palette,
            Headlines =
            [
                .. facts.Confusion is not { } confusion ? [] : Enumerable.Range(1, config.Data.Classes.Count - 1).Select(c =>
                    new ReportFigure($"Dice {config.Data.Classes[c]}", Text($"{confusion.Score(c).Dice:0.000}"), "validation slides, pooled")),
                .. state.Iteration == 0 ? [] : new[]
                {
                    new ReportFigure("Training time", Duration(TimeSpan.FromSeconds(state.Seconds)), Count(state.Iteration, "iteration")),
                    new ReportFigure("Patches per second", Text($"{trained / Math.Max(1e-9, state.Seconds):0.0}"), "training and validation together"),
                },
            ],
            Metrics = metrics,
            Results = [.. scored.Select(slide => SlideResult.Of(slide.Name, "val", slide.Scores.Confusion))],
            Pooled = facts.Confusion is null ? null : SlideResult.Of("all", "val", facts.Confusion),
            ScoresNote = scoresNote,
            Confusion = facts.Confusion,
            Patients = PatientScore.Of(scored.Select(slide => (slide.Patient, slide.Scores))),
            Balances =
            [
                new("training slides", data.ClassAreas), new("patches trained on", SampledClasses.Of(config, data, state.Iteration)),
                .. ClassBalance.OfPrediction(facts.Confusion).Select(one => one with { Name = $"{one.Name}, validation" }),
            ],
            Timings =
            [
                new("Device", device),
                new("Training and validation", Duration(TimeSpan.FromSeconds(state.Seconds))),
                new("Patches trained on", Text($"{trained:0}"),
                    Text($"{state.Positives / Math.Max(1, trained):P0} with foreground (set: {config.Data.PositiveShare:P0})")),
                new("Patches unreadable", Text($"{state.Unreadable}"), "treated as ignore"),
            ],
            Config = ConfigText(),
        };
    }

    /// <summary>Pictures of the slides and patches, by the best model's label maps.</summary>
    /// <param name="report">Where they go.</param>
    /// <param name="scores">The scores of each validation slide, with their worst patches.</param>
    public TrainingReportData WithPictures(TrainingReportData report, IReadOnlyList<SlideScores> scores)
    {
        if (scores.Count == 0)
            return report;
        var pictures = new PictureChoice(
            [.. data.Validation.Select(slide => slide.Name).Zip(scores)], config.Data.Classes, config.Data.PatchSize, config.Palette);
        foreach (var (i, slide) in data.Validation.Index().Where(one => pictures.Wants(one.Index)))
        {
            using var prediction = new LabelMap(Path.Combine(run.LabelMaps, slide.Name + ".tif"), slide.View.Slide);
            pictures.Draw(i, slide.View, slide.Labels, prediction);
        }
        return pictures.Into(report);
    }

    private string ConfigText()
    {
        var optimiser = config.Optimiser;
        var mpp = config.Data.Mpp?.ToString(CultureInfo.InvariantCulture) ?? "the pictures' own";
        var schedule = config.Schedule.Kind.ToString().ToLowerInvariant();
        return Text(
            $"""
            network {config.Network.InWords()}
            patches {config.Data.PatchSize} px at {mpp} µm per pixel, {config.Training.BatchSize} per update
            SGD {optimiser.LearningRate}, momentum {optimiser.Momentum}, weight decay {optimiser.WeightDecay}, schedule {schedule}
            loss cross-entropy + {config.Loss.LocationWeight} · location loss, seed {config.Seed}
            The whole configuration is in config.yaml beside this report.
            """);
    }
}
