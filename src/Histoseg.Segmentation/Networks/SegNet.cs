using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// SegNet (Badrinarayanan et al. 2017): the convolutions of VGG-16 and their mirror image, which puts each value back where the pooling had found it.
/// </summary>
internal sealed class SegNet(NetworkDescription description, int classes) : Network(description, classes)
{
    /// <inheritdoc/>
    public override int OutputStride => 32;

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var pooled = Vgg16Encoder.Record(layers, image, Description.Width);
        var x = pooled[^1].Maxima;
        for (var stage = pooled.Length - 1; stage >= 0; stage--)
        {
            x = layers.Tape.MaxUnpool2d(x, pooled[stage].Places, 2 * x.Shape.H, 2 * x.Shape.W);
            var convolutions = Vgg16Encoder.Convolutions[stage];
            for (var i = 0; i < convolutions; i++)
            {
                var isLast = i == convolutions - 1;
                if (isLast && stage == 0)
                    break; // the last of all gives the logits
                var channels = Vgg16Encoder.Channels(isLast ? stage - 1 : stage, Description.Width);
                x = layers.ConvNorm($"decoder.{stage}.{i}.0", $"decoder.{stage}.{i}.1", x, channels, ConvWindow.Same(3, 3));
            }
        }
        return layers.Conv("head", x, Classes, ConvWindow.Same(3, 3));
    }
}
