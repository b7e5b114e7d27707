using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Samples;

/// <summary>A fine map, and one of a quarter of its size that looks further.</summary>
internal sealed class TwoScales(NetworkDescription description, int classes) : Network(description, classes)
{
    public override int OutputStride => 4;

    public override IReadOnlyList<string> Keys => [nameof(NetworkDescription.K)];

    public override IReadOnlyList<NetworkOption> Options => [new("depth", 2, 1, 8, "convolutions on the coarse map")];

    protected override Value RecordCore(Layers layers, Value image)
    {
        var width = Description.Width;
        var fine = layers.ConvNorm("fine.0", "fine.1", image, width, ConvWindow.Same(3, 3));
        var coarse = layers.ConvNorm("down.0", "down.1", fine, 2 * width, ConvWindow.Square(5, stride: 4, padding: 2));
        for (var i = 0; i < Option("depth"); i++)
            coarse = layers.ConvNorm($"coarse.{i}.0", $"coarse.{i}.1", coarse, 2 * width, ConvWindow.Same(Description.K, Description.K));
        coarse = layers.Tape.BilinearResize(coarse, image.Shape.H, image.Shape.W);
        return layers.Conv("head", layers.Tape.Concat(fine, coarse), Classes, ConvWindow.Square(1));
    }
}
