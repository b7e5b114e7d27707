using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// The network of Qin et al. 2018: a dilated ResNet (the paper's is ResNet-50), the multi-level pyramid on its four stages, the multi-scale pyramid on the
/// last, and a 1×1 convolution over both.
/// </summary>
internal sealed class ResNetGicnGpp(NetworkDescription description, int classes, ResNetEncoder encoder) : ResNetNetwork(description, classes, encoder)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys =>
        [nameof(NetworkDescription.K), nameof(NetworkDescription.GicnChannels), nameof(NetworkDescription.GppPooling)];

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = Encoder.RecordDilated(layers, image, Description.Width);
        var multiLevel = MultiLevelPyramid.Record(layers, levels, Description.GicnChannels,
            (level, map) => Gicn.Record(layers, $"gicn.{level}", map, Description.GicnChannels, Description.K));
        var multiScale = GlobalPyramidPooling.Record(layers, levels[^1], Description.Width, Description.GppPooling);
        return layers.Conv("head", layers.Tape.Concat(multiLevel, multiScale), Classes, ConvWindow.Square(1));
    }
}
