using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-level pyramid of Qin et al. 2018 alone: a GICN on each stage of the dilated ResNet-50 (their Table 2).</summary>
internal sealed class ResNet50Gicn(NetworkDescription description, int classes) : ResNet50Network(description, classes)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.K), nameof(NetworkDescription.GicnChannels)];

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = ResNet50Encoder.Record(layers, image, Description.Width);
        var x = MultiLevelPyramid.Record(layers, levels, Description.GicnChannels,
            (level, map) => Gicn.Record(layers, $"gicn.{level}", map, Description.GicnChannels, Description.K));
        return layers.Conv("head", x, Classes, ConvWindow.Square(1));
    }
}
