using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// The global information convolution network (GICN) of Qin et al. 2018: (1×k then k×1) + (k×1 then 1×k), with bias and without any nonlinearity: a k×k
/// field of view for 2k weights per pair of channels.
/// </summary>
internal static class Gicn
{
    /// <summary>Records one.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="name">Prefix of its parameters.</param>
    /// <param name="x">(N, H, W, C).</param>
    /// <param name="channels">Channels inside and after.</param>
    /// <param name="k">Length of the kernels; odd.</param>
    /// <returns>(N, H, W, channels).</returns>
    public static Value Record(Layers layers, string name, Value x, int channels, int k)
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
}
