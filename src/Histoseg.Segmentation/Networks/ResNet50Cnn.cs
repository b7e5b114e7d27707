using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary><see cref="ResNet50Gicn"/> with a plain k×k convolution in place of each GICN: what Qin et al. 2018 compare the GICN with (their Table 3).</summary>
public sealed class ResNet50Cnn(NetworkSettings settings) : ResNet50Network(settings)
{
    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = ResNet50Encoder.Record(layers, image, Settings.Width);
        var x = MultiLevelPyramid.Record(layers, levels, Settings.GicnChannels,
            (level, map) => layers.Conv($"cnn.{level}", map, Settings.GicnChannels, ConvWindow.Same(Settings.K, Settings.K)));
        return layers.Conv("head", x, Settings.Classes, ConvWindow.Square(1));
    }
}
