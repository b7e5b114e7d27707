using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-level pyramid of Qin et al. 2018 alone: a GICN on each stage of the dilated ResNet-50 (their Table 2).</summary>
public sealed class ResNet50Gicn(NetworkSettings settings) : ResNet50Network(settings)
{
    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = ResNet50Encoder.Record(layers, image, Settings.Width);
        var x = MultiLevelPyramid.Record(layers, levels, Settings.GicnChannels, (level, map) => Gicn.Record(layers, $"gicn.{level}", map, Settings.GicnChannels, Settings.K));
        return layers.Conv("head", x, Settings.Classes, ConvWindow.Square(1));
    }
}
