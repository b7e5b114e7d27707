using Histoseg.Engine.Autograd;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// The multi-level pyramid of Qin et al. 2018: a map of context on each of Res-2 … Res-5, joined and enlarged by three transposed convolutions.
/// </summary>
internal static class MultiLevelPyramid
{
    /// <summary>Records the pyramid.</summary>
    /// <param name="layers">Where to record.</param>
    /// <param name="levels">Res-2 … Res-5.</param>
    /// <param name="channels">Channels of every map of this path.</param>
    /// <param name="context">Records the map of context of a level, 0 … 3: a GICN, or what is compared with it. The size stays, the channels become
    /// <paramref name="channels"/>.</param>
    /// <returns>(N, H, W, channels) at full resolution.</returns>
    public static Value Record(Layers layers, Value[] levels, int channels, Func<int, Value, Value> context)
    {
        var maps = levels.Select((level, i) => context(i, level)).ToArray();
        var x = Deconv(layers, 0, layers.Tape.Concat(maps[1], maps[2], maps[3]), channels, ConvWindow.Square(3, 2, 1));
        x = Deconv(layers, 1, layers.Tape.Concat(x, maps[0]), channels, ConvWindow.Square(3, 2, 1));
        return Deconv(layers, 2, x, channels, ConvWindow.Square(2, 2));
    }

    private static Value Deconv(Layers layers, int index, Value x, int channels, ConvWindow window) =>
        layers.ConvTransposeNorm($"deconv.{index}.0", $"deconv.{index}.1", x, channels, window);
}
