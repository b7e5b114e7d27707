using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>The multi-level pyramid of Qin et al. 2018: a global information convolution network (GICN) on each of Res-2 … Res-5, joined and enlarged by three transposed convolutions.</summary>
internal static class MultiLevelPyramid
{
    /// <summary>Records the pyramid.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="levels">Res-2 … Res-5.</param>
    /// <param name="channels">Channels of every map of this path.</param>
    /// <param name="k">Length of the 1×k and k×1 kernels; odd.</param>
    /// <returns>(N, H, W, channels) at full resolution.</returns>
    public static Value Record(Layers layers, Value[] levels, int channels, int k)
    {
        var maps = levels.Select((level, i) => Gicn(layers, $"gicn.{i}", level, channels, k)).ToArray();
        var x = Deconv(layers, 0, layers.Tape.Concat(maps[1], maps[2], maps[3]), channels, ConvWindow.Square(3, 2, 1));
        x = Deconv(layers, 1, layers.Tape.Concat(x, maps[0]), channels, ConvWindow.Square(3, 2, 1));
        return Deconv(layers, 2, x, channels, ConvWindow.Square(2, 2));
    }

    /// <summary>(1×k then k×1) + (k×1 then 1×k), with bias and without any nonlinearity: a k×k field of view for 2k weights.</summary>
    private static Value Gicn(Layers layers, string name, Value x, int channels, int k)
    {
        var (row, column) = (ConvWindow.Same(1, k), ConvWindow.Same(k, 1));
        var left = layers.Conv($"{name}.left.1", layers.Conv($"{name}.left.0", x, channels, row), channels, column);
        var right = layers.Conv($"{name}.right.1", layers.Conv($"{name}.right.0", x, channels, column), channels, row);
        return layers.Tape.Add(left, right);
    }

    private static Value Deconv(Layers layers, int index, Value x, int channels, ConvWindow window) =>
        layers.ConvTransposeNorm($"deconv.{index}.0", $"deconv.{index}.1", x, channels, window);
}
