using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-level pyramid of Qin et al. 2018 alone: a GICN on each stage of the dilated ResNet (their Table 2).</summary>
internal sealed class ResNetGicn(NetworkDescription description, int classes, ResNetEncoder encoder) : ResNetNetwork(description, classes, encoder)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.K), nameof(NetworkDescription.GicnChannels)];

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = Encoder.RecordDilated(layers, image, Description.Width);
        var x = MultiLevelPyramid.Record(layers, levels, Description.GicnChannels,
            (level, map) => Gicn.Record(layers, $"gicn.{level}", map, Description.GicnChannels, Description.K));
        return layers.Conv("head", x, Classes, ConvWindow.Square(1));
    }
}
