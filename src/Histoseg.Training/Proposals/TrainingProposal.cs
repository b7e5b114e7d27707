using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;
using Histoseg.Training.Planning;

namespace Histoseg.Training.Proposals;

/// <summary>The network and how long it is trained, for a device and a time.</summary>
/// <param name="Config">All of it; sections that it does not decide are as they were.</param>
/// <param name="Reasons">By full key, why.</param>
internal sealed record TrainingProposal(TrainConfig Config, IReadOnlyDictionary<string, string> Reasons)
{
    /// <summary>Share of the time that is for updates; the rest is for opening slides and validation.</summary>
    public const double ShareOfUpdates = 0.8;

    /// <summary>Updates below which patches and batches are made smaller.</summary>
    public const int Enough = 300;

    /// <summary>Fewest and most updates that are proposed.</summary>
    public const int Fewest = 100, Most = 100_000;

    private const int SmallBatch = 4;

    private const int Validations = 8;

    // An average over the last hundred updates: of fewer than ten times that, it would be a share that learnt little.
    private const double Average = 0.99;
    private const int EnoughToAverage = 1000;

    /// <summary>Proposes them.</summary>
    /// <param name="config">With its data section.</param>
    /// <param name="minutes">The time there is.</param>
    /// <param name="backend">The device.</param>
    /// <param name="secondsPerUpdate">Measures an update of a config; null: as <see cref="StepSpeed"/>.</param>
    public static TrainingProposal Of(TrainConfig config, double minutes, Backend backend, Func<TrainConfig, double>? secondsPerUpdate = null)
    {
        var (reasons, isGpu) = (new Dictionary<string, string>(), backend is not ProcessorBackend);
        config = config with
        {
            Network = isGpu
                ? new() { Name = "resnet18-gicn-gpp", Width = 64, Pretrained = NetworkDescription.ImageNet }
                : new() { Name = "resnet18-unet", Width = 64, Pretrained = NetworkDescription.ImageNet },
        };
        reasons["network.name"] = isGpu ? "a GPU is there: the paper's heads on ResNet-18"
            : "no GPU: the cheapest of the networks that begin with pretrained weights";
        reasons["network.width"] = "the width of the pretrained weights";
        reasons["network.pretrained"] = "features of ImageNet, which the program has in it, save most of the training";

        var wanted = isGpu ? 16 : 8;
        var batch = Math.Clamp(NetworkPlan.LargestTrainingBatch(config, backend), TrainConfig.LeastBatch, wanted);
        reasons["training.batch_size"] = batch < wanted ? "the most that fits into memory" : "enough for batch norms to be steady";
        config = config with { Training = config.Training with { BatchSize = batch } };

        var seconds = (secondsPerUpdate ?? (one => StepSpeed.SecondsPerUpdate(one, backend)))(config);
        (config, seconds) = Shortened(config, seconds, 60 * minutes * ShareOfUpdates, reasons);
        var fitting = (int)Math.Min(Most, 60 * minutes * ShareOfUpdates / seconds);
        var updates = Math.Max(Fewest, fitting / 10 * 10);
        reasons["training.iterations"] = Figures.Text($"an update takes {seconds:0.##} s here, measured, so this is about {updates * seconds / 60:0} minutes; ")
            + Figures.Text($"the rest of the {minutes:0.#} is for validation")
            + (fitting < Fewest ? Figures.Text($". {Fewest} are the fewest that are worth it, and the time may not be enough for them") : "");
        reasons["training.max_minutes"] = "ends by then whatever happens";
        reasons["training.validate_every"] = $"{Validations} times in all; the best of them is kept";
        config = config with
        {
            Training = config.Training with
            {
                Iterations = updates,
                MaxMinutes = minutes,
                ValidateEvery = Math.Max(1, updates / Validations),
                CheckpointEvery = Math.Clamp(updates / 20, 1, 500),
                LogEvery = Math.Clamp(updates / 100, 1, 50),
            },
            Augmentation = config.Augmentation with { StainJitter = 0.2, ScaleMin = 0.8, ScaleMax = 1.25 },
            Optimiser = config.Optimiser with { LearningRate = 0.02, Averaging = updates >= EnoughToAverage ? Average : 0 },
            Schedule = config.Schedule with { Kind = ScheduleKind.Poly, WarmupIterations = Math.Max(1, updates / 20) },
        };
        reasons["augmentation.stain_jitter"] = "stains differ between patients and laboratories; more than 0.08 helped on patients not seen";
        reasons["augmentation.scale_min"] = "sizes vary";
        reasons["optimiser.learning_rate"] = "of this batch and pretrained weights";
        if (config.Optimiser.Averaging > 0)
            reasons["optimiser.averaging"] = "of the last hundred updates' weights, which are steadier than the last ones";
        reasons["schedule.kind"] = "falls to nothing over the iterations, whatever their number";
        reasons["schedule.warmup_iterations"] = "a twentieth";
        return new(config, reasons);
    }

    // Many small updates teach more than few large ones.
    private static (TrainConfig Config, double Seconds) Shortened(TrainConfig config, double seconds, double time, Dictionary<string, string> reasons)
    {
        if (time / seconds < Enough && config.Training.BatchSize > SmallBatch)
        {
            seconds *= (double)SmallBatch / config.Training.BatchSize;
            config = config with { Training = config.Training with { BatchSize = SmallBatch } };
            reasons["training.batch_size"] = $"the time is short: of more, fewer than {Enough} updates would fit";
        }
        if (time / seconds < Enough && config.Data.PatchSize > LookProposal.SmallestPatch)
        {
            seconds *= Math.Pow((double)LookProposal.SmallestPatch / config.Data.PatchSize, 2);
            var stride = Math.Min(config.Data.Stride, LookProposal.SmallestPatch / 2);
            config = config with { Data = config.Data with { PatchSize = LookProposal.SmallestPatch, Stride = stride } };
            reasons["data.patch_size"] = $"the time is short: of larger ones, fewer than {Enough} updates would fit";
        }
        return (config, seconds);
    }
}
