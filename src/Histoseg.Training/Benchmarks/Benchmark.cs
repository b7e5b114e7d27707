using Histoseg.Engine.Backends;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Profiling;
using Histoseg.Segmentation;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Synthesis;
using Histoseg.Training.Config;
using Histoseg.Training.Planning;

namespace Histoseg.Training.Benchmarks;

/// <summary>Compares a backend's operations with float64, then times a config's network alone and on a whole slide, with random weights.</summary>
/// <param name="config">The network, its patches and batches.</param>
/// <param name="backend">The processor.</param>
/// <param name="runs">Runs to take medians of, at least 1.</param>
/// <param name="cancel">Stops between runs.</param>
internal sealed class Benchmark(TrainConfig config, ProcessorBackend backend, int runs, CancellationToken cancel)
{
    private const double AssumedMpp = 0.5;
    private const int PatchesPerSide = 4;

    /// <summary>Measures everything.</summary>
    /// <param name="slide">The slide to segment; null: one is drawn.</param>
    /// <param name="tell">Told what is done next.</param>
    /// <exception cref="UserError">A setting is out of range, there is not enough memory, an operation is wrong, or the slide cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public BenchResult Run(string? slide, Action<string> tell)
    {
        tell("comparing every operation with float64");
        var checks = OperationCheck.Run(backend, cancel);
        tell("measuring what the machine can do");
        var peaks = backend.MeasurePeaks();
        tell("timing the inference pass");
        var inference = BenchedPass.Of(config.Inference.BatchSize, StepProfile.OfInference(config, backend, runs, cancel), peaks);
        tell("timing the training step");
        var training = BenchedPass.Of(config.Training.BatchSize, StepProfile.OfTraining(config, backend, runs, cancel), peaks);
        tell("timing a whole slide");
        return new()
        {
            Device = backend.Description,
            Peaks = peaks,
            Network = config.Network,
            PatchSize = config.Data.PatchSize,
            Checks = checks,
            Inference = inference,
            Training = training,
            Slide = SegmentSlide(slide),
        };
    }

    private BenchedSlide SegmentSlide(string? slide)
    {
        var folder = Directory.CreateTempSubdirectory("histoseg-bench-").FullName;
        try
        {
            slide ??= DrawSlide(folder);
            var model = Path.Combine(folder, "model");
            var description = new ModelDescription
            {
                Network = config.Network,
                NumClasses = config.Data.Classes.Count,
                ClassNames = config.Data.Classes,
                PatchSizePixels = config.Data.PatchSize,
                SpacingUmPx = config.Data.Mpp ?? AssumedMpp,
                Normalisation = Normalisation.ImageNet,
            };
            ModelFolder.Save(model, description, RandomWeights.Of(description, backend));
            using var segmenter = SegmentationModel.Open(model,
                new() { Device = config.Training.Device, Threads = config.Training.Threads, BatchSize = config.Inference.BatchSize });
            var settings = segmenter.DefaultSettings with { Overlap = config.Inference.Overlap, Overwrite = true };
            var output = Path.Combine(folder, "out");
            var outcome = segmenter.Segment(slide, output, settings, cancel);
            var seconds = new double[runs];
            for (var run = 0; run < runs; run++)
            {
                outcome = segmenter.Segment(slide, output, settings, cancel);
                seconds[run] = outcome.Seconds;
            }
            var grid = outcome.Segmentation!;
            return new(Path.GetFileName(slide), grid.Width, grid.Height, settings.Overlap, grid.SegmentedPatches, ProgramTimes.Median(seconds));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string DrawSlide(string folder)
    {
        var side = Math.Clamp(PatchesPerSide * config.Data.PatchSize, SlideSynthesiser.LeastSide, SlideSynthesiser.GreatestSide);
        SlideSynthesiser.Write(folder, "drawn", seed: 1, side, side, Math.Clamp(config.Data.Mpp ?? AssumedMpp, 0.1, 4));
        return Path.Combine(folder, "drawn.tif");
    }
}
