using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-scale pyramid of Qin et al. 2018 alone: global pyramid pooling on the last stage of the dilated ResNet.</summary>
internal sealed class ResNetGpp(NetworkDescription description, int classes, ResNetEncoder encoder) : ResNetNetwork(description, classes, encoder)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.GppPooling)];

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = Encoder.RecordDilated(layers, image, Description.Width);
        return layers.Conv("head", GlobalPyramidPooling.Record(layers, levels[^1], Description.Width, Description.GppPooling), Classes, ConvWindow.Square(1));
    }
}
