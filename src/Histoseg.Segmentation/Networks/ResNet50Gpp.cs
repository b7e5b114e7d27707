using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-scale pyramid of Qin et al. 2018 alone: global pyramid pooling on the last stage of the dilated ResNet-50.</summary>
public sealed class ResNet50Gpp(NetworkSettings settings) : ResNet50Network(settings)
{
    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = ResNet50Encoder.Record(layers, image, Settings.Width);
        return layers.Conv("head", GlobalPyramidPooling.Record(layers, levels[^1], Settings.Width, Settings.GppPooling), Settings.Classes, ConvWindow.Square(1));
    }
}
