using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Annotations;
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
    public void A_batch_has_at_least_two_patches(int size, bool sound) =>
        Assert.Equal(sound,
            !new TrainConfig { Data = Data, Training = new() { BatchSize = size } }.Validate().Any(issue => issue.Key == "training.batch_size"));

    [Theory]
    [InlineData(1, 7, 1)]
    [InlineData(1024, 7, 32)]
    [InlineData(1025, 7, 32)]
    [InlineData(64, 15, 32)]
    [InlineData(64, 17, 32)]
    [InlineData(64, 4, 32)]
    [InlineData(64, 7, 4096)]
    [InlineData(64, 7, 4097)]
    public void A_config_is_sound_where_the_network_can_be_made(int width, int k, int gicnChannels)
    {
        var config = new TrainConfig { Data = Data, Network = new() { Width = width, K = k, GicnChannels = gicnChannels } };
        Assert.Equal(Network.WhatIsOutOfRange(config.Network, 2) is null, !config.Validate().Any());
        Assert.Equal(width <= 1024 && k <= 15 && k % 2 == 1 && gicnChannels <= 4096, !config.Validate().Any());
    }

    [Fact]
    public void Colours_are_of_classes_and_colours()
    {
        IEnumerable<string> Keys(string name, string? colour) => new TrainConfig
        {
            Data = Data with { Colours = new Dictionary<string, string> { ["background"] = "#ffffff", [name] = colour! } },
        }.Validate().Select(issue => issue.Key);

        Assert.Empty(Keys("tumour", "#1a98Ff"));
        Assert.Equal(["data.colours.stroma"], Keys("stroma", "#1a9850"));
        // Without quotes YAML takes #… for a comment.
        foreach (var colour in new[] { null, "", "red", "#1a98f", "1a9850", "#1a985g" })
            Assert.Equal(["data.colours.tumour"], Keys("tumour", colour));
    }

    [Theory]
    [InlineData("ignore")]
    [InlineData("Ignore")]
    [InlineData("IGNORE")]
    public void Ignore_is_meant_however_it_is_spelt(string ignore)
    {
        var config = new TrainConfig
        {
            Data = Data with
            {
                Classes = ["background", "tumour"],
                Labels = [new() { Groups = ["fold"], Class = ignore }],
                MaskValues = new Dictionary<int, string> { [0] = "background", [17] = ignore, [255] = "tumour" },
            },
        };
        Assert.Empty(config.Validate());
        Assert.Equal([(0, 0), (17, ClassMap.Ignore), (255, 1)], config.ToMaskLabels()!.Select(pair => ((int)pair.Key, (int)pair.Value)));
        AnnotationCheck.RequireClasses(config.ToClassMap());
        var named = config with { Data = config.Data with { Classes = ["background", "tumour", ignore] } };
        Assert.Equal(["data.classes"], named.Validate().Select(issue => issue.Key));
    }
}
