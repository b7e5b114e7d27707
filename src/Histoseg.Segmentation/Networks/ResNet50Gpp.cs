using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-scale pyramid of Qin et al. 2018 alone: global pyramid pooling on the last stage of the dilated ResNet-50.</summary>
internal sealed class ResNet50Gpp(NetworkDescription description, int classes) : ResNet50Network(description, classes)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.GppPooling)];

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = ResNet50Encoder.Record(layers, image, Description.Width);
        return layers.Conv("head", GlobalPyramidPooling.Record(layers, levels[^1], Description.Width, Description.GppPooling), Classes, ConvWindow.Square(1));
    }
}
