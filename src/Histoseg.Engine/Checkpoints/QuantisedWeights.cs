using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;

namespace Histoseg.Engine.Checkpoints;

/// <summary>
/// Weights in 8 bits. Of each quantised layer a file has the steps, an I8 tensor of the weight's name and shape within ±127, and a scale for each output
/// channel, an F32 vector of the name with <c>_scale</c> after it; a weight is the step times its channel's scale. All other tensors are as they were.
/// </summary>
public static class QuantisedWeights
{
    private const string Steps = "I8";

    /// <summary>Rounds the weights of layers to steps, of which the largest of each channel is 127, and adds the scales.</summary>
    /// <param name="weights">Parameters with batch norms folded.</param>
    /// <param name="layers">The layers by the names of their weights.</param>
    /// <returns>A new set.</returns>
    public static ParameterSet<float> Rounded(ParameterSet<float> weights, IReadOnlyDictionary<string, QuantisedLayer> layers)
    {
        var rounded = weights.Renamed(name => name);
        foreach (var (name, layer) in layers)
        {
            var shape = weights.ShapeOf(name).ToArray();
            var data = (float[])weights[name].Clone();
            var scales = new float[shape[layer.OutputAxis]];
            for (var i = 0; i < data.Length; i++)
            {
                ref var largest = ref scales[ChannelOf(i, data.Length, scales.Length, layer)];
                largest = Math.Max(largest, Math.Abs(data[i]));
            }
            for (var c = 0; c < scales.Length; c++)
                scales[c] = scales[c] > 0 ? scales[c] / QuantisedConvolution.WeightSteps : 1;
            for (var i = 0; i < data.Length; i++)
            {
                var scale = scales[ChannelOf(i, data.Length, scales.Length, layer)];
                data[i] = QuantisedConvolution.StepOf(data[i], scale) * scale;
            }
            rounded.Add(name, shape, data);
            rounded.Add(QuantisedLayer.ScalesOf(name), [scales.Length], scales);
        }
        return rounded;
    }

    /// <summary>The steps of a layer's weight, channels last.</summary>
    /// <param name="weights">What <see cref="Rounded"/> gave.</param>
    /// <param name="name">Name of the weight.</param>
    /// <param name="layer">The layer.</param>
    public static sbyte[] StepsOf(ParameterSet<float> weights, string name, QuantisedLayer layer)
    {
        var (data, scales) = (weights[name], weights[QuantisedLayer.ScalesOf(name)]);
        return [.. data.Select((weight, i) => QuantisedConvolution.StepOf(weight, scales[ChannelOf(i, data.Length, scales.Length, layer)]))];
    }

    /// <summary>Adds every tensor to a file, those of the layers as steps.</summary>
    /// <param name="weights">What <see cref="Rounded"/> gave.</param>
    /// <param name="layers">The layers by the names of their weights.</param>
    /// <param name="writer">The file.</param>
    public static void Save(ParameterSet<float> weights, IReadOnlyDictionary<string, QuantisedLayer> layers, SafeTensorsWriter writer)
    {
        foreach (var name in weights.Names)
        {
            var shape = weights.ShapeOf(name).ToArray();
            if (layers.TryGetValue(name, out var layer))
                writer.Add<sbyte>(name, shape, TorchLayout.ToTorch(StepsOf(weights, name, layer), shape));
            else
                writer.Add<float>(name, shape, TorchLayout.ToTorch(weights[name], shape));
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="file">The file.</param>
    /// <param name="layers">The layers by the names of their weights.</param>
    /// <param name="source">Where it is, for errors.</param>
    /// <exception cref="EngineError">A layer's tensors are missing, of another form, or damaged.</exception>
    public static ParameterSet<float> Load(SafeTensors file, IReadOnlyDictionary<string, QuantisedLayer> layers, string source)
    {
        var weights = ParameterSet<float>.Load(file);
        foreach (var (name, layer) in layers)
        {
            var scale = QuantisedLayer.ScalesOf(name);
            if (!file.Tensors.TryGetValue(name, out var tensor) || tensor is not { Type: Steps, Shape: [_, _, _, _] shape }
                || !weights.Names.Contains(scale) || weights.ShapeOf(scale) is not [var channels] || channels != shape[layer.OutputAxis])
                throw new EngineError($"{source}: '{name}' has no steps of 8 bits with a scale in '{scale}' for each output channel; "
                    + "copy or quantise the model again");
            if (weights[scale].Any(number => !(number > 0 && float.IsFinite(number))))
                throw new EngineError($"{source}: '{scale}' has a scale that is not a number above 0; copy or quantise the model again");
            var data = TorchLayout.ToEngine(file.Read<float>(name), shape);
            for (var i = 0; i < data.Length; i++)
                data[i] *= weights[scale][ChannelOf(i, data.Length, (int)channels, layer)];
            weights.Add(name, shape, data);
        }
        return weights;
    }

    /// <summary>The output channel of an element of a weight: (O, taps, I), or (I, taps, O) of a transposed convolution.</summary>
    private static int ChannelOf(int index, int length, int channels, QuantisedLayer layer) =>
        layer.OutputAxis == 1 ? index % channels : index / (length / channels);
}
