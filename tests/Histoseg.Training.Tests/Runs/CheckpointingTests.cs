using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary><c>training.checkpointing</c>: maps are computed once more for the gradients instead of being kept.</summary>
public class CheckpointingTests
{
    private static TrainConfig Config(string network, bool checkpointing) => new()
    {
        Network = new() { Name = network, Width = 8, K = 3, GicnChannels = 4 },
        Data = new() { PatchSize = 64, Classes = ["background", "tumour"] },
        Training = new() { BatchSize = 2, Checkpointing = checkpointing },
    };

    public static TheoryData<string> Networks => [.. Network.Names];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Losses_weights_and_statistics_are_the_same_to_the_bit(string network)
    {
        var (losses, weights) = Train(Config(network, checkpointing: false));
        var (again, weightsAgain) = Train(Config(network, checkpointing: true));
        Assert.Equal(losses, again);
        Assert.All(weights.Names, name => Assert.Equal(weights[name], weightsAgain[name]));
    }

    // Intermediates in float32. Gradients of parameters are among them, so that a small batch gains less.
    [Theory]
    [InlineData("resnet50-gicn-gpp", 0.4)]
    [InlineData("resnet18-gicn-gpp", 0.55)]
    [InlineData("resnet18-unet", 0.6)]
    [InlineData("unet", 0.65)]
    [InlineData("segnet", 0.6)]
    public void The_plan_needs_less(string network, double share)
    {
        var kept = Peak(Config(network, checkpointing: false));
        Assert.InRange(Peak(Config(network, checkpointing: true)), 0, (long)(share * kept));
    }

    private static long Peak(TrainConfig config)
    {
        var real = config with
        {
            Network = config.Network with { Width = 64 },
            Data = config.Data with { PatchSize = 256 },
            Training = config.Training with { BatchSize = 8 },
        };
        return MemoryPlan.For(TrainingStep.Record(real, Normalisation.ImageNet).Tape, sizeof(float)).ArenaBytes;
    }

    private static (List<StepResult> Losses, ParameterSet<float> Weights) Train(TrainConfig config)
    {
        using var backend = new CpuBackend(threads: 2);
        using var step = new TrainingStep(backend, config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, seed: 3);
        var batch = new PatchBatch(2, config.Data.PatchSize, AugmentationRow.Length(config.Augmentation.ToSettings()));
        new Random(3).NextBytes(batch.Rgb);
        for (var i = 0; i < batch.Labels.Length; i++)
            batch.Labels[i] = (byte)(batch.Rgb[3 * i] >> 7);
        var losses = new List<StepResult>();
        for (var i = 0; i < 2; i++)
        {
            step.Run(batch, rate: 0.01, []);
            losses.AddRange(step.Collect([], toSave: false));
        }
        return (losses, ParameterSet<float>.From(step.Program, ParameterSet<float>.IsPersistent));
    }
}
