using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;

namespace Histoseg.Training.Tests.Config;

public sealed class TrainConfigTests
{
    private static readonly DataConfig Data = new() { Manifest = "m.csv" };

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void ABatchHasAtLeastTwoPatches(int size, bool sound) =>
        Assert.Equal(sound, !new TrainConfig { Data = Data, Training = new() { BatchSize = size } }.Validate().Any(issue => issue.Key == "training.batch_size"));

    [Theory]
    [InlineData(1, 7, 1)]
    [InlineData(1024, 7, 32)]
    [InlineData(1025, 7, 32)]
    [InlineData(64, 15, 32)]
    [InlineData(64, 17, 32)]
    [InlineData(64, 4, 32)]
    [InlineData(64, 7, 4096)]
    [InlineData(64, 7, 4097)]
    public void AConfigIsSoundWhereTheNetworkCanBeMade(int width, int k, int gicnChannels)
    {
        var config = new TrainConfig { Data = Data, Network = new() { Width = width, K = k, GicnChannels = gicnChannels } };
        Assert.Equal(Network.WhatIsOutOfRange(config.Network, 2) is null, !config.Validate().Any());
        Assert.Equal(width <= 1024 && k <= 15 && k % 2 == 1 && gicnChannels <= 4096, !config.Validate().Any());
    }
}
