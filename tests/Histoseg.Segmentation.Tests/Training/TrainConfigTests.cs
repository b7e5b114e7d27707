using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Training;

namespace Histoseg.Segmentation.Tests.Training;

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
    [InlineData(Network.MostWidth, 7, 32)]
    [InlineData(Network.MostWidth + 1, 7, 32)]
    [InlineData(64, Network.MostK, 32)]
    [InlineData(64, Network.MostK + 2, 32)]
    [InlineData(64, 4, 32)]
    [InlineData(64, 7, Network.MostGicnChannels)]
    [InlineData(64, 7, Network.MostGicnChannels + 1)]
    public void AConfigIsSoundWhereTheNetworkCanBeMade(int width, int k, int gicnChannels)
    {
        var config = new TrainConfig { Data = Data, Network = new() { Width = width, K = k, GicnChannels = gicnChannels } };
        Assert.Equal(Network.WhatIsOutOfRange(NetworkSettings.From(config)) is null, !config.Validate().Any());
    }
}
