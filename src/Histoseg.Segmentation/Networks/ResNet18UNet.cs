using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// U-Net (Ronneberger et al. 2015) on ResNet-18: the encoder to 1/32 of the resolution, and a way up of five steps, each of which doubles the map, joins
/// the encoder's of that size, and has two 3×3 convolutions. The last step has nothing to join.
/// </summary>
/// <remarks>The map is doubled by bilinear interpolation. At width 64 the steps have 256, 128, 64, 32 and 16 channels.</remarks>
internal sealed class ResNet18UNet(NetworkDescription description, int classes) : Network(description, classes)
{
    private const int Steps = 5;

    /// <inheritdoc/>
    public override int OutputStride => ResNetEncoder.OutputStride;

    /// <inheritdoc/>
    internal override string? ImageNetWeights => ResNetEncoder.ResNet18.Weights;

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var maps = ResNetEncoder.ResNet18.Record(layers, image, Description.Width);
        var x = maps[^1];
        for (var step = 0; step < Steps; step++)
        {
            x = layers.Tape.BilinearResize(x, 2 * x.Shape.H, 2 * x.Shape.W);
            if (maps.Length - 2 - step is var level and >= 0)
                x = layers.Tape.Concat(x, maps[level]);
            x = UNet.Pair(layers, $"up.{step}", x, Math.Max(1, 4 * Description.Width >> step));
        }
        return layers.Conv("head", x, Classes, ConvWindow.Same(3, 3));
    }
}
