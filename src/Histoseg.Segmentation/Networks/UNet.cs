using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// U-Net (Ronneberger et al. 2015): four levels down by max-pooling and up by 2×2 transposed convolutions, the maps of the way down joined to those of the
/// way up.
/// </summary>
/// <remarks>
/// Padding keeps the size, where the original loses the border and crops; a batch norm follows each 3×3 convolution, where the original has none. Width 64
/// is the original's; 32 has the 7 million parameters that Qin et al. give.
/// </remarks>
internal sealed class UNet(NetworkDescription description, int classes) : Network(description, classes)
{
    private const int Levels = 4;

    /// <inheritdoc/>
    public override int OutputStride => 1 << Levels;

    /// <inheritdoc/>
    protected override Value RecordCore(Layers layers, Value image)
    {
        var x = image;
        var skipped = new Value[Levels];
        for (var level = 0; level < Levels; level++)
        {
            skipped[level] = Pair(layers, $"down.{level}", x, Description.Width << level);
            x = layers.Tape.MaxPool2d(skipped[level], 2, 2).Maxima;
        }
        x = Pair(layers, $"down.{Levels}", x, Description.Width << Levels);
        for (var level = Levels - 1; level >= 0; level--)
        {
            x = layers.ConvTranspose($"up.{level}.enlarge", x, Description.Width << level, ConvWindow.Square(2, 2));
            x = Pair(layers, $"up.{level}", layers.Tape.Concat(skipped[level], x), Description.Width << level);
        }
        return layers.Conv("head", x, Classes, ConvWindow.Square(1));
    }

    /// <summary>Records two 3×3 convolutions, each with its norm and ReLU, as <c>name.0</c> and <c>name.1</c>.</summary>
    internal static Value Pair(Layers layers, string name, Value x, int channels)
    {
        x = layers.ConvNorm($"{name}.0.0", $"{name}.0.1", x, channels, ConvWindow.Same(3, 3));
        return layers.ConvNorm($"{name}.1.0", $"{name}.1.1", x, channels, ConvWindow.Same(3, 3));
    }
}
