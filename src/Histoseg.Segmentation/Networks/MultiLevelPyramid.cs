using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

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

    /// <summary>(1×k then k×1) + (k×1 then 1×k), with bias and without any nonlinearity: a k×k field of view for 2k weights per pair of channels.</summary>
    private static Value Gicn(Layers layers, string name, Value x, int channels, int k)
    {
        var tape = layers.Tape;
        using var scope = tape.Scope(name);
        (Value Weight, Value Bias) Conv(string part, int kernelH, int kernelW, int inputs) =>
            (tape.Parameter($"{name}.{part}.weight", new Shape(channels, kernelH, kernelW, inputs)), tape.VectorParameter($"{name}.{part}.bias", channels));
        var (left0, left1) = (Conv("left.0", 1, k, x.Shape.C), Conv("left.1", k, 1, channels));
        var (right0, right1) = (Conv("right.0", k, 1, x.Shape.C), Conv("right.1", 1, k, channels));
        var (left, right) = tape.CrossConv2d(x, left0.Weight, left0.Bias, right0.Weight, right0.Bias);
        return tape.CrossSumConv2d(left, left1.Weight, left1.Bias, right, right1.Weight, right1.Bias);
    }

    private static Value Deconv(Layers layers, int index, Value x, int channels, ConvWindow window) =>
        layers.ConvTransposeNorm($"deconv.{index}.0", $"deconv.{index}.1", x, channels, window);
}
