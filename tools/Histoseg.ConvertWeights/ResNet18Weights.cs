using Histoseg.Engine.Checkpoints;
using Histoseg.Export.Graph;
using Histoseg.Segmentation.Models;

namespace Histoseg.ConvertWeights;

/// <summary>CNTK's ResNet-18 as torchvision would have it: the names of its tensors, red before blue, our normalisation of colours.</summary>
/// <remarks>
/// The original takes blue, green and red in 0…255, less a mean picture of 224×224 pixels. A network that takes pictures of any size can have a mean per
/// channel only, and ours is within half a level of that picture's, which itself varies by ten. The original's strided convolutions and its pooling reach less
/// far over two sides of the map than torchvision's, which reach for nothing there where the map's extents are even. Its last stage has a third block, which a
/// ResNet-18 has not and which is left out.
/// </remarks>
internal sealed class ResNet18Weights(GraphProto network)
{
    private readonly Dictionary<string, TensorProto> _tensors = network.Initializer.ToDictionary(tensor => tensor.Name);
    private readonly Queue<NodeProto> _convolutions = new(network.Node.Where(node => node.OpType == "Conv"));
    private readonly SafeTensorsWriter _writer = new();

    /// <summary>All tensors of torchvision's but those of the classifier, which the original lacks.</summary>
    public SafeTensorsWriter Convert()
    {
        // The order of the original's nodes: a stage's first shortcut before the block around it.
        AddFirst();
        for (var stage = 1; stage <= 4; stage++)
        {
            for (var block = 0; block < 2; block++)
            {
                var name = $"layer{stage}.{block}";
                if (stage > 1 && block == 0)
                    Add($"{name}.downsample.0", $"{name}.downsample.1");
                Add($"{name}.conv1", $"{name}.bn1");
                Add($"{name}.conv2", $"{name}.bn2");
            }
        }
        return _convolutions.Count == 2 ? _writer : throw new InvalidDataException($"{_convolutions.Count} convolutions are left and not those of one block");
    }

    private void Add(string conv, string norm)
    {
        var node = _convolutions.Dequeue();
        AddTensor($"{conv}.weight", _tensors[node.Input[1]].Dims, [.. _tensors[node.Input[1]].FloatData]);
        AddNorm(norm, node);
    }

    // Of a colour x in 0…255 the original's first convolution makes Σ w·(x − μ). Our networks are given (x/255 − m)/d, so with weights 255·d·w they make
    // Σ w·(x − 255·m), and at the edges, where taps see nothing, the same as the original.
    private void AddFirst()
    {
        var node = _convolutions.Dequeue();
        var weight = _tensors[node.Input[1]];
        if (weight.Dims is not [var outputs, 3, var height, var width])
            throw new InvalidDataException("the first convolution does not take three colours");
        var taps = (int)(height * width);
        var converted = new float[weight.FloatData.Count];
        for (var output = 0; output < outputs; output++)
            for (var colour = 0; colour < 3; colour++)
                for (var tap = 0; tap < taps; tap++)
                    converted[(output * 3 + colour) * taps + tap] =
                        (float)(255 * Normalisation.ImageNet.Deviation[colour] * weight.FloatData[(output * 3 + 2 - colour) * taps + tap]);
        AddTensor("conv1.weight", weight.Dims, converted);
        AddNorm("bn1", node);
    }

    private void AddNorm(string name, NodeProto convolution)
    {
        var norm = network.Node.Single(node => node.OpType == "BatchNormalization" && node.Input[0] == convolution.Output[0]);
        if (norm.Attribute.Single(attribute => attribute.Name == "epsilon").F != 1e-5f)
            throw new InvalidDataException($"{norm.Name} has another ε than torchvision's, 1e-5");
        foreach (var (part, input) in new[] { "weight", "bias", "running_mean", "running_var" }.Zip(norm.Input.Skip(1)))
            AddTensor($"{name}.{part}", _tensors[input].Dims, [.. _tensors[input].FloatData]);
    }

    private void AddTensor(string name, IEnumerable<long> shape, float[] values) => _writer.Add<float>(name, [.. shape], values);
}
