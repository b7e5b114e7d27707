using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// ResNet-50 (He et al. 2016) as Qin et al. 2018 use it: no pooling layer ("positioning first"), a strided 1×1 convolution in place of
/// max-pooling (their Fig. 4), dilation instead of stride from Res-4 on, output stride 8. Parameters are named as torchvision names them.
/// </summary>
internal static class ResNet50Encoder
{
    /// <summary>Pixels of the input per pixel of its last maps.</summary>
    public const int OutputStride = 8;

    private const int Expansion = 4;

    private static readonly (int Blocks, int Stride, int Dilation)[] Stages = [(3, 1, 1), (4, 2, 1), (6, 1, 2), (3, 1, 4)];

    /// <summary>Records the encoder.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="image">(N, H, W, 3).</param>
    /// <param name="width">Channels of the first convolution.</param>
    /// <returns>Res-2 … Res-5: (N, H/4, W/4, 4·width), then at H/8: 8, 16 and 32 times the width.</returns>
    public static Value[] Record(Layers layers, Value image, int width)
    {
        var x = layers.ConvNorm("backbone.conv1", "backbone.bn1", image, width, ConvWindow.Square(7, stride: 2, padding: 3));
        x = layers.ConvNorm("backbone.down.0", "backbone.down.1", x, width, ConvWindow.Square(1, stride: 2));
        var results = new Value[Stages.Length];
        for (var stage = 0; stage < Stages.Length; stage++)
        {
            var (blocks, stride, dilation) = Stages[stage];
            for (var block = 0; block < blocks; block++)
                x = Bottleneck(layers, $"backbone.layer{stage + 1}.{block}", x, width << stage, block == 0 ? stride : 1, dilation, project: block == 0);
            results[stage] = x;
        }
        return results;
    }

    private static Value Bottleneck(Layers layers, string name, Value x, int channels, int stride, int dilation, bool project)
    {
        var shortcut = project
            ? layers.ConvNorm($"{name}.downsample.0", $"{name}.downsample.1", x, channels * Expansion, ConvWindow.Square(1, stride), relu: false)
            : x;
        var y = layers.ConvNorm($"{name}.conv1", $"{name}.bn1", x, channels, ConvWindow.Square(1));
        y = layers.ConvNorm($"{name}.conv2", $"{name}.bn2", y, channels, ConvWindow.Square(3, stride, dilation, dilation));
        return layers.ConvNorm($"{name}.conv3", $"{name}.bn3", y, channels * Expansion, ConvWindow.Square(1), relu: true, residual: shortcut);
    }
}
