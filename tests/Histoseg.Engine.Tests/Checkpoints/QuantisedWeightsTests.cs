using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Rewriting;

namespace Histoseg.Engine.Tests.Checkpoints;

public sealed class QuantisedWeightsTests : IDisposable
{
    private static readonly Dictionary<string, QuantisedLayer> _layers = new() { ["a"] = new(new(0.1f, 3), 0), ["t"] = new(new(0.1f, 3), 1) };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ParameterSet<float> Weights()
    {
        var random = new Random(3);
        var weights = new ParameterSet<float>();
        weights.Add("a", [3, 8, 2, 2], [.. Enumerable.Range(0, 96).Select(i => i < 32 ? 0 : random.NextSingle() - 0.5f)]);
        weights.Add("t", [8, 5, 3, 3], [.. Enumerable.Range(0, 360).Select(_ => random.NextSingle() - 0.5f)]);
        weights.Add("bias", [3], [1, 2, 3]);
        return weights;
    }

    [Fact]
    public void Each_channel_has_its_own_scale_and_the_largest_weight_of_it_is_127_steps()
    {
        var (weights, rounded) = (Weights(), QuantisedWeights.Rounded(Weights(), _layers));
        // Channels last: of "a" the output channel is the first axis, of "t" the last.
        foreach (var (name, channelOf) in new (string, Func<int, int>)[] { ("a", i => i / 32), ("t", i => i % 5) })
        {
            var (scales, steps) = (rounded[name + "_scale"], QuantisedWeights.StepsOf(rounded, name, _layers[name]));
            foreach (var channel in weights[name].Index().GroupBy(one => channelOf(one.Index)))
            {
                var largest = channel.Max(one => Math.Abs(one.Item));
                Assert.Equal(largest == 0 ? 1 : largest / 127, scales[channel.Key]);
                Assert.Equal(largest == 0 ? 0 : 127, channel.Max(one => Math.Abs(steps[one.Index])));
                Assert.All(channel, one => Assert.InRange(rounded[name][one.Index] - one.Item, -scales[channel.Key] * 0.501f, scales[channel.Key] * 0.501f));
            }
        }
        Assert.Equal([1, 2, 3], rounded["bias"]);
        Assert.NotEqual(weights["a"], rounded["a"]);
    }

    [Fact]
    public void A_file_gives_back_the_same_numbers_in_a_quarter_of_the_bytes()
    {
        var rounded = QuantisedWeights.Rounded(Weights(), _layers);
        Save(rounded);
        using var file = SafeTensors.Open(_folder["w.safetensors"]);
        Assert.Equal(96, file.Tensors["a"].Bytes);
        Assert.Equal("I8", file.Tensors["a"].Type);
        var loaded = QuantisedWeights.Load(file, _layers, "here");
        Assert.Equal(rounded.Names, loaded.Names);
        Assert.All(rounded.Names, name => Assert.Equal(rounded[name], loaded[name]));
    }

    [Theory]
    [InlineData("a_scale", float.NaN, "'a_scale' has a scale that is not a number above 0")]
    [InlineData("a_scale", 0f, "'a_scale' has a scale that is not a number above 0")]
    public void A_bad_scale_is_named(string name, float number, string says)
    {
        var rounded = QuantisedWeights.Rounded(Weights(), _layers);
        Save(rounded, () => rounded[name][1] = number);
        Refused(says);
    }

    [Fact]
    public void Weights_that_are_not_steps_are_named()
    {
        var writer = new SafeTensorsWriter();
        Weights().Save(writer);
        writer.Save(_folder["w.safetensors"]);
        Refused("'a' has no steps of 8 bits with a scale in 'a_scale' for each output channel");
    }

    private void Save(ParameterSet<float> rounded, Action? spoil = null)
    {
        var writer = new SafeTensorsWriter();
        // The steps are made of the scales.
        var scales = rounded.Names.Where(name => name.EndsWith("_scale", StringComparison.Ordinal)).ToList();
        QuantisedWeights.Save(rounded, _layers, writer);
        if (spoil is not null)
        {
            writer = new SafeTensorsWriter();
            foreach (var (name, layer) in _layers)
                writer.Add<sbyte>(name, rounded.ShapeOf(name).ToArray(), QuantisedWeights.StepsOf(rounded, name, layer));
            spoil();
            foreach (var name in scales.Append("bias"))
                writer.Add<float>(name, rounded.ShapeOf(name).ToArray(), rounded[name]);
        }
        writer.Save(_folder["w.safetensors"]);
    }

    private void Refused(string says)
    {
        using var file = SafeTensors.Open(_folder["w.safetensors"]);
        var error = Assert.Throws<EngineError>(() => QuantisedWeights.Load(file, _layers, "here"));
        Assert.Contains(says, error.Message);
    }
}
