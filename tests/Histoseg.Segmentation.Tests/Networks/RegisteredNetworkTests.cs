using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Tests.Networks;

/// <summary>Networks that a program makes known, with numbers of their own.</summary>
public class RegisteredNetworkTests
{
    private const string Name = "test-layers";

    static RegisteredNetworkTests() => Network.Register(Name, (description, classes) => new LayersNetwork(description, classes));

    private sealed class LayersNetwork(NetworkDescription description, int classes) : Network(description, classes)
    {
        public override int OutputStride => 2;

        public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.K)];

        public override IReadOnlyList<NetworkOption> Options => [new("depth", 2, 1, 8, "convolutions"), new("slope", 0.25, 0, 1, "of nothing")];

        protected override Value RecordCore(Layers layers, Value image)
        {
            for (var i = 0; i < Option("depth"); i++)
                image = layers.ConvNorm($"conv.{i}.0", $"conv.{i}.1", image, Description.Width, ConvWindow.Same(Description.K, Description.K));
            return layers.Conv("head", image, Classes, ConvWindow.Square(1));
        }
    }

    [Fact]
    public void It_is_made_by_its_name_and_listed_behind_those_that_ship()
    {
        Assert.IsType<LayersNetwork>(Network.Create(new() { Name = Name }, 3));
        Assert.Equal(["resnet50-gicn-gpp", "unet"], Network.Names.Where(name => name is "unet" or "resnet50-gicn-gpp"));
        Assert.Contains(Name, Network.Names.Skip(12));
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData(5, 5)]
    public void Its_options_have_their_defaults_where_they_are_not_given(int? given, int layers)
    {
        var description = new NetworkDescription
        {
            Name = Name,
            Width = 3,
            K = 3,
            Options = given is { } depth ? new Dictionary<string, double> { ["depth"] = depth } : null,
        };
        var tape = new Tape();
        Network.Create(description, 2).Record(new Layers(tape, NetworkMode.Training), tape.Input("image", new Shape(2, 8, 8, 3)));
        Assert.Equal(layers, tape.Parameters.Count(parameter => parameter.Name.EndsWith(".0.weight", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("depth", 9, "options.depth is 9; it must be 1 to 8")]
    [InlineData("depth", double.NaN, "options.depth is NaN; it must be 1 to 8")]
    [InlineData("dept", 2, "options.dept is no option of test-layers, which has depth, slope (did you mean 'depth'?)")]
    public void An_option_that_is_wrong_is_named(string name, double value, string says)
    {
        var description = new NetworkDescription { Name = Name, Options = new Dictionary<string, double> { [name] = value } };
        Assert.Equal(says, Network.WhatIsOutOfRange(description, 2));
        Assert.Equal(says, Assert.Throws<EngineError>(() => Network.Create(description, 2)).Message);
    }

    [Fact]
    public void Options_are_kept_in_files_and_count_for_equality()
    {
        var description = new NetworkDescription { Name = Name, Options = new Dictionary<string, double> { ["depth"] = 3 } };
        Assert.Equal(description, NetworkDescription.FromJson(description.ToJson()));
        Assert.NotEqual(description, description with { Options = new Dictionary<string, double> { ["depth"] = 4 } });
        Assert.NotEqual(description, description with { Options = null });
        Assert.Equal("""{"depth":3}""", NetworkKeys.All.Single(key => key.Name == "options").ValueIn(description));
        Assert.Contains("depth 3", description.InWords());
    }

    [Fact]
    public void Only_the_keys_it_names_are_told_of_it()
    {
        Assert.Equal("test-layers, width 8, k 5", new NetworkDescription { Name = Name, Width = 8, K = 5, GicnChannels = 9 }.InWords());
        Assert.False(Network.Uses(new() { Name = Name }, nameof(NetworkDescription.GicnChannels)));
    }

    [Theory]
    [InlineData("unet")]
    [InlineData(Name)]
    public void A_name_is_given_once(string name) =>
        Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => Network.Register(name, (d, c) => new LayersNetwork(d, c))).Message);

    [Fact]
    public void A_section_is_told_in_one_line() =>
        Assert.StartsWith("""{"iterations":""", NetworkKeys.All.Single(key => key.Name == "crf").ValueIn(new() { Crf = new() }));
}
