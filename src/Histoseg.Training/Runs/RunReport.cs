using System.Globalization;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;
using static Histoseg.Foundation.Figures;

namespace Histoseg.Training.Runs;

/// <summary>Fills the report of a finished run from its metrics and the best model's label maps of the validation slides.</summary>
internal static class RunReport
{
    private const int MostSlides = 6;
    private const int PatchesPerSlide = 3;

    public static void Write(RunFolder run, TrainConfig config, TrainingProgressState state, TrainingData data, IReadOnlyList<SlideScores> scores,
        string device)
    {
        var metrics = MetricsCsv.Read(run.Metrics);
        var pooled = scores.Count > 0 ? SlideScores.Pool([.. scores]) : null;
        var (slides, patches) = Pictures(data.Validation, config.Data.PatchSize, run.LabelMaps);
        var trained = (double)state.Iteration * config.Training.BatchSize;
        TrainingReport.Write(run.Report, new TrainingReportData
        {
            Title = $"{config.Network.Name}: {string.Join(", ", config.Data.Classes.Skip(1))}",
            Summary = string.Create(CultureInfo.InvariantCulture,
                $"Trained on {Count(data.Training.Slides.Count, "slide")} ({Count(data.Training.PatchCount, "patch", "patches")} of "
                + $"{config.Data.PatchSize} px), validated on {Count(data.Validation.Count, "whole slide")}. The best model is that of iteration "
                + $"{state.BestIteration}."),
            Classes = config.Data.Classes,
            Headlines =
            [
                .. pooled is null ? [] : Enumerable.Range(1, config.Data.Classes.Count - 1).Select(c =>
                    new ReportFigure($"Dice {config.Data.Classes[c]}", Text($"{pooled.Confusion.Score(c).Dice:0.000}"), "validation slides, pooled")),
                new ReportFigure("Training time", Duration(TimeSpan.FromSeconds(state.Seconds)), Count(state.Iteration, "iteration")),
                new ReportFigure("Patches per second", Text($"{trained / Math.Max(1e-9, state.Seconds):0.0}"), "training and validation together"),
            ],
            Metrics = metrics.Rows,
            Results = [.. data.Validation.Zip(scores).Where(pair => pair.Second.IsScored)
                .Select(pair => SlideResult.Of(pair.First.Name, "val", pair.Second.Confusion))],
            Pooled = pooled is null ? null : SlideResult.Of("all", "val", pooled.Confusion),
            Slides = slides,
            Patches = patches,
            Timings =
            [
                new("Device", device),
                new("Training and validation", Duration(TimeSpan.FromSeconds(state.Seconds))),
                new("Patches trained on", Text($"{trained:0}"),
                    Text($"{state.Positives / Math.Max(1, trained):P0} with foreground (set: {config.Data.PositiveShare:P0})")),
                new("Patches unreadable", Text($"{state.Unreadable}"), "treated as ignore"),
            ],
            Config = ConfigText(config),
        });
    }

    private static (List<ReportPicture> Slides, List<ReportPatches> Patches) Pictures(IReadOnlyList<DatasetSlide> validation, int patchSize, string labelMaps)
    {
        var (slides, patches) = (new List<ReportPicture>(), new List<ReportPatches>());
        foreach (var slide in validation.Take(MostSlides))
        {
            using var prediction = new LabelMap(Path.Combine(labelMaps, slide.Name + ".tif"), slide.View.Slide);
            slides.Add(ReportPictures.Slide(slide.Name, slide.View, slide.Labels, prediction));
            patches.Add(ReportPictures.Patches(slide.Name, slide.View, slide.Labels, prediction, patchSize, PatchesPerSlide));
        }
        return (slides, patches);
    }

    private static string ConfigText(TrainConfig config)
    {
        var (data, optimiser) = (config.Data, config.Optimiser);
        var mpp = data.Mpp?.ToString(CultureInfo.InvariantCulture) ?? "the pictures' own";
        var schedule = config.Schedule.Kind.ToString().ToLowerInvariant();
        return Text(
            $"""
            network {config.Network.InWords()}
            patches {data.PatchSize} px at {mpp} µm per pixel, {config.Training.BatchSize} per update
            SGD {optimiser.LearningRate}, momentum {optimiser.Momentum}, weight decay {optimiser.WeightDecay}, schedule {schedule}
            loss cross-entropy + {config.Loss.LocationWeight} · location loss, seed {config.Seed}
            The whole configuration is in config.yaml beside this report.
            """);
    }
}
