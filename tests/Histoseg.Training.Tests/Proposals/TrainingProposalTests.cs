using Histoseg.Engine.Devices;
using Histoseg.Training.Config;
using Histoseg.Training.Proposals;

namespace Histoseg.Training.Tests.Proposals;

public class TrainingProposalTests
{
    private static readonly TrainConfig Data = new() { Data = new() { Manifest = "m.csv", PatchSize = 192, Stride = 96 } };

    private static TrainConfig Of(double minutes, double secondsPerUpdate, out IReadOnlyDictionary<string, string> reasons)
    {
        using var backend = DeviceOpener.OpenProcessor(1);
        var proposal = TrainingProposal.Of(Data, minutes, backend, _ => secondsPerUpdate);
        reasons = proposal.Reasons;
        return proposal.Config;
    }

    [Fact]
    public void Updates_follow_the_time_and_the_speed()
    {
        var config = Of(30, 1, out var reasons);
        Assert.Equal((1440, 180, 72, 8, 192), (config.Training.Iterations, config.Training.ValidateEvery, config.Schedule.WarmupIterations,
            config.Training.BatchSize, config.Data.PatchSize));
        Assert.Equal(30, config.Training.MaxMinutes);
        Assert.Contains("1 s here, measured, so this is about 24 minutes", reasons["training.iterations"]);
        Assert.Equal((0.2, 0.8, 1.25, 0.02), (config.Augmentation.StainJitter, config.Augmentation.ScaleMin, config.Augmentation.ScaleMax,
            config.Optimiser.LearningRate));
        Assert.Empty(config.Validate());
    }

    [Fact]
    public void In_short_times_batches_and_patches_are_smaller()
    {
        var config = Of(30, 8, out var reasons); // 180 updates of 8 patches, 360 of 4
        Assert.Equal((360, 4, 192), (config.Training.Iterations, config.Training.BatchSize, config.Data.PatchSize));
        Assert.Contains("time is short", reasons["training.batch_size"]);
        config = Of(30, 16, out reasons);
        Assert.Equal((400, 4, 128, 64), (config.Training.Iterations, config.Training.BatchSize, config.Data.PatchSize, config.Data.Stride));
        Assert.Contains("time is short", reasons["data.patch_size"]);
    }

    [Fact]
    public void Weights_are_averaged_where_there_are_many_updates()
    {
        Assert.Equal(0.99, Of(30, 1.4, out var reasons).Optimiser.Averaging); // 1020 updates
        Assert.Contains("optimiser.averaging", reasons.Keys);
        Assert.Equal(0, Of(30, 1.5, out reasons).Optimiser.Averaging);
        Assert.DoesNotContain("optimiser.averaging", reasons.Keys);
    }

    [Fact]
    public void There_are_some_updates_whatever_the_time()
    {
        var config = Of(0.1, 16, out var reasons);
        Assert.Equal(TrainingProposal.Fewest, config.Training.Iterations);
        Assert.Contains("may not be enough", reasons["training.iterations"]);
        Assert.Equal(TrainingProposal.Most, Of(1e6, 0.1, out _).Training.Iterations);
    }
}
