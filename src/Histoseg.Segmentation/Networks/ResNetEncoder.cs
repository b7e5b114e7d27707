using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>A residual network (He et al. 2016) as a backbone. Parameters are named as torchvision names them.</summary>
/// <param name="blocks">Blocks of each of its four stages.</param>
/// <param name="bottlenecks">Whether a block is 1×1, 3×3, 1×1 with four times the channels at its end; else it is two 3×3.</param>
internal sealed class ResNetEncoder(int[] blocks, bool bottlenecks)
{
    /// <summary>Two blocks of two 3×3 convolutions in each stage.</summary>
    public static readonly ResNetEncoder ResNet18 = new([2, 2, 2, 2], bottlenecks: false) { Weights = "resnet18" };

    /// <summary>3, 4, 6 and 3 bottlenecks.</summary>
    public static readonly ResNetEncoder ResNet50 = new([3, 4, 6, 3], bottlenecks: true);

    /// <summary>Pixels of the input per pixel of the last maps: <see cref="Record"/>, <see cref="RecordDilated"/>.</summary>
    public const int OutputStride = 32, DilatedOutputStride = 8;

    /// <summary>The width of torchvision's, for which there are weights.</summary>
    public const int FullWidth = 64;

    /// <summary>What the weights of ImageNet that ship for it are called; null: there are none.</summary>
    public string? Weights { get; private init; }

    /// <summary>Records it as torchvision has it.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="image">(N, H, W, 3), H and W multiples of 32.</param>
    /// <param name="width">Channels of the first convolution.</param>
    /// <returns>The first convolution, (N, H/2, W/2, width), and the four stages at H/4, H/8, H/16 and H/32. A stage has 1, 2, 4 and 8 times the width,
    /// with bottlenecks four times that.</returns>
    public Value[] Record(Layers layers, Value image, int width)
    {
        var x = First(layers, image, width);
        return [x, .. Stages(layers, layers.Tape.MaxPool2d(x, 3, 2, padding: 1).Maxima, width, dilated: false)];
    }

    /// <summary>
    /// Records it as Qin et al. 2018 use it: no pooling layer ("positioning first"), a strided 1×1 convolution in place of max-pooling (their Fig. 4),
    /// dilation instead of stride from Res-4 on, output stride 8.
    /// </summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="image">(N, H, W, 3), H and W multiples of 8.</param>
    /// <param name="width">Channels of the first convolution.</param>
    /// <returns>Res-2 at H/4, then Res-3 … Res-5 at H/8; channels as of <see cref="Record"/>.</returns>
    public Value[] RecordDilated(Layers layers, Value image, int width)
    {
        var x = First(layers, image, width);
        return Stages(layers, layers.ConvNorm("backbone.down.0", "backbone.down.1", x, width, ConvWindow.Square(1, stride: 2)), width, dilated: true);
    }

    private static Value First(Layers layers, Value image, int width) =>
        layers.ConvNorm("backbone.conv1", "backbone.bn1", image, width, ConvWindow.Square(7, stride: 2, padding: 3));

    /// <summary>Records the four stages: those after the first halve the map, or, dilated, only the second does.</summary>
    internal Value[] Stages(Layers layers, Value x, int width, bool dilated)
    {
        var results = new Value[blocks.Length];
        var dilation = 1;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            var (before, stride) = (dilation, stage == 0 ? 1 : 2);
            if (dilated && stage >= 2)
                (dilation, stride) = (2 * dilation, 1);
            for (var block = 0; block < blocks[stage]; block++)
            {
                var name = $"backbone.layer{stage + 1}.{block}";
                var channels = width << stage;
                x = !bottlenecks ? Basic(layers, name, x, channels, block == 0 ? stride : 1, block == 0 ? before : dilation, dilation)
                    : Bottleneck(layers, name, x, channels, block == 0 ? stride : 1, dilation, project: block == 0);
            }
            results[stage] = x;
        }
        return results;
    }

    // Where a stage gives up its stride, its first convolution still sees the map it was made for: that of the stage before, with its dilation. So weights
    // made with strides give what they gave, at more places.
    private static Value Basic(Layers layers, string name, Value x, int channels, int stride, int firstDilation, int dilation)
    {
        var shortcut = Shortcut(layers, name, x, channels, stride, project: x.Shape.C != channels);
        var y = layers.ConvNorm($"{name}.conv1", $"{name}.bn1", x, channels, ConvWindow.Square(3, stride, firstDilation, firstDilation));
        return layers.ConvNorm($"{name}.conv2", $"{name}.bn2", y, channels, ConvWindow.Square(3, 1, dilation, dilation), relu: true, residual: shortcut);
    }

    // The paper dilates every 3×3 of a stage.
    private static Value Bottleneck(Layers layers, string name, Value x, int channels, int stride, int dilation, bool project)
    {
        var shortcut = Shortcut(layers, name, x, 4 * channels, stride, project);
        var y = layers.ConvNorm($"{name}.conv1", $"{name}.bn1", x, channels, ConvWindow.Square(1));
        y = layers.ConvNorm($"{name}.conv2", $"{name}.bn2", y, channels, ConvWindow.Square(3, stride, dilation, dilation));
        return layers.ConvNorm($"{name}.conv3", $"{name}.bn3", y, 4 * channels, ConvWindow.Square(1), relu: true, residual: shortcut);
    }

    private static Value Shortcut(Layers layers, string name, Value x, int channels, int stride, bool project) =>
        project ? layers.ConvNorm($"{name}.downsample.0", $"{name}.downsample.1", x, channels, ConvWindow.Square(1, stride), relu: false) : x;
}
