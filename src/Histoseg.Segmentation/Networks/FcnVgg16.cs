using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// FCN-32s (Long et al. 2015): VGG-16 with its two large fully connected layers as a 7×7 and a 1×1 convolution, a score per class at 1/32 of the
/// resolution, enlarged by fixed bilinear interpolation.
/// </summary>
/// <remarks>Padding keeps the size, where the original pads the picture by 100 pixels and crops; batch norm takes the place of dropout.</remarks>
internal sealed class FcnVgg16(NetworkDescription description, int classes) : Network(description, classes)
{
    /// <inheritdoc/>
    public override int OutputStride => 32;

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var x = Vgg16Encoder.Record(layers, image, Description.Width)[^1].Maxima;
        x = layers.ConvNorm("conv6.0", "conv6.1", x, 64 * Description.Width, ConvWindow.Same(7, 7));
        x = layers.ConvNorm("conv7.0", "conv7.1", x, 64 * Description.Width, ConvWindow.Square(1));
        var score = layers.Conv("score", x, Classes, ConvWindow.Square(1));
        return layers.Tape.BilinearResize(score, image.Shape.H, image.Shape.W);
    }
}
