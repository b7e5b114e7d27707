using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// The multi-scale pyramid of Qin et al. 2018: global pyramid pooling (GPP) of Res-5 into 1, 4, 9 and 36 bins, joined with Res-5 and enlarged by three
/// transposed convolutions.
/// </summary>
internal static class GlobalPyramidPooling
{
    /// <summary>Bins per side.</summary>
    private static readonly int[] Bins = [1, 2, 3, 6];

    /// <summary>The kernels the paper gives for them on its 64×64 map.</summary>
    private static readonly int[] Kernels = [60, 30, 20, 10];

    /// <summary>Records the pyramid.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="x">Res-5, (N, H/8, W/8, C).</param>
    /// <param name="width">Channels of the result; each pooled level is reduced to eight times as many.</param>
    /// <param name="pooling">Adaptive windows, or the paper's fixed ones, which need a map of at least 60×60.</param>
    /// <returns>(N, H, W, width) at full resolution.</returns>
    public static Value Record(Layers layers, Value x, int width, GppPooling pooling)
    {
        if (pooling == GppPooling.Fixed && Math.Min(x.Shape.H, x.Shape.W) < Kernels[0])
            throw new EngineError($"gpp_pooling: fixed needs patches of at least {ResNetEncoder.DilatedOutputStride * Kernels[0]} pixels, "
                + $"not {ResNetEncoder.DilatedOutputStride * x.Shape.W}×{ResNetEncoder.DilatedOutputStride * x.Shape.H}; use adaptive");
        var parts = new List<Value> { x };
        var levels = pooling == GppPooling.Fixed ? layers.Tape.FixedPyramidPool(x, Kernels) : layers.Tape.AdaptivePyramidPool(x, Bins);
        foreach (var (bins, pooled) in Bins.Zip(levels))
        {
            var reduced = layers.ConvNorm($"gpp.reduce.bin{bins}.0", $"gpp.reduce.bin{bins}.1", pooled, 8 * width, ConvWindow.Square(1));
            parts.Add(layers.Tape.BilinearResize(reduced, x.Shape.H, x.Shape.W));
        }
        var y = layers.Tape.Concat([.. parts]);
        for (var i = 0; i < 3; i++)
            y = layers.ConvTransposeNorm($"gpp.up.{i}.0", $"gpp.up.{i}.1", y, width, ConvWindow.Square(3, 2, 1));
        return y;
    }
}
