using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The network of Qin et al. 2018: a dilated ResNet-50, the multi-level pyramid on its four stages, the multi-scale pyramid on the last, and a 1×1 convolution over both.</summary>
public sealed class ResNet50GicnGpp(NetworkSettings settings) : ResNet50Network(settings)
{
    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = ResNet50Encoder.Record(layers, image, Settings.Width);
        var multiLevel = MultiLevelPyramid.Record(layers, levels, Settings.GicnChannels, (level, map) => Gicn.Record(layers, $"gicn.{level}", map, Settings.GicnChannels, Settings.K));
        var multiScale = GlobalPyramidPooling.Record(layers, levels[^1], Settings.Width, Settings.GppPooling);
        return layers.Conv("head", layers.Tape.Concat(multiLevel, multiScale), Settings.Classes, ConvWindow.Square(1));
    }
}
