using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// The thirteen convolutions of VGG-16 (Simonyan and Zisserman 2015) with a batch norm after each, in five stages that each end in 2×2
/// max-pooling. Parameters are named as torchvision's <c>vgg16_bn</c> names them, except that the convolutions have no bias: the batch norm
/// subtracts it again.
/// </summary>
internal static class Vgg16Encoder
{
    /// <summary>Convolutions of each stage.</summary>
    public static readonly int[] Convolutions = [2, 2, 3, 3, 3];

    /// <summary>Channels of a stage: 64, 128, 256, 512, 512 at full width.</summary>
    public static int Channels(int stage, int width) => width << Math.Min(stage, 3);

    /// <summary>Names of the thirteen convolutions and their batch norms in torchvision's list of layers, stage by stage.</summary>
    public static IEnumerable<(int Stage, string Conv, string Norm)> Names()
    {
        var layer = 0;
        for (var stage = 0; stage < Convolutions.Length; stage++)
        {
            for (var i = 0; i < Convolutions[stage]; i++, layer += 3) // convolution, batch norm, ReLU
                yield return (stage, $"backbone.features.{layer}", $"backbone.features.{layer + 1}");
            layer++; // the pooling
        }
    }

    /// <summary>Records the encoder.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="image">(N, H, W, 3), H and W multiples of 32.</param>
    /// <param name="width">Channels of the first stage.</param>
    /// <returns>After each stage the maxima, (N, H/2, W/2, C) … (N, H/32, W/32, C), and their places in the map that was pooled.</returns>
    public static (Value Maxima, Value Places)[] Record(Layers layers, Value image, int width)
    {
        var x = image;
        var pooled = new List<(Value Maxima, Value Places)>();
        foreach (var stage in Names().GroupBy(name => name.Stage))
        {
            foreach (var (_, conv, norm) in stage)
                x = layers.ConvNorm(conv, norm, x, Channels(stage.Key, width), ConvWindow.Same(3, 3));
            pooled.Add(layers.Tape.MaxPool2d(x, 2, 2));
            x = pooled[^1].Maxima;
        }
        return [.. pooled];
    }
}
