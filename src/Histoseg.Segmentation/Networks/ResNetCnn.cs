using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// <see cref="ResNetGicn"/> with a plain k×k convolution in place of each GICN: what Qin et al. 2018 compare the GICN with (their Table 3).
/// </summary>
internal sealed class ResNetCnn(NetworkDescription description, int classes, ResNetEncoder encoder) : ResNetNetwork(description, classes, encoder)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.K), nameof(NetworkDescription.GicnChannels)];

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var levels = Encoder.RecordDilated(layers, image, Description.Width);
        var x = MultiLevelPyramid.Record(layers, levels, Description.GicnChannels,
            (level, map) => layers.Conv($"cnn.{level}", map, Description.GicnChannels, ConvWindow.Same(Description.K, Description.K)));
        return layers.Conv("head", x, Classes, ConvWindow.Square(1));
    }
}
