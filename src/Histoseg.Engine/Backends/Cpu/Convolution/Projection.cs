using System.Numerics;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>A 1×1 convolution of pixels to few channels: y = weight·x + bias + sum.</summary>
/// <param name="Weight">(O, C).</param>
/// <param name="Bias">One per output channel, or null.</param>
/// <param name="Sum">Of the target's shape, or null.</param>
/// <param name="Target">The map written, NHWC.</param>
/// <param name="Outputs">O.</param>
internal sealed unsafe record Projection(nint Weight, nint Bias, nint Sum, nint Target, int Outputs)
{
    /// <summary>Projects pixels that lie one after another.</summary>
    /// <param name="x">(count, C).</param>
    /// <param name="channels">C.</param>
    /// <param name="firstPixel">The first one's place in the target.</param>
    /// <param name="count">Pixels.</param>
    public void Apply(float* x, int channels, long firstPixel, int count)
    {
        var (y, sum) = ((nint)((float*)Target + firstPixel * Outputs), (nint)((float*)Sum + firstPixel * Outputs));
        for (var i = 0; i < count; i++, x += channels)
            for (var o = 0; o < Outputs; o++)
            {
                var at = i * Outputs + o;
                ((float*)y)[at] = Product(x, (float*)Weight + (long)o * channels, channels)
                    + (Bias != 0 ? ((float*)Bias)[o] : 0) + (Sum != 0 ? ((float*)sum)[at] : 0);
            }
    }

    private static float Product(float* x, float* weight, int channels)
    {
        var (sums, c) = (Vector<float>.Zero, 0);
        for (; c <= channels - Vector<float>.Count; c += Vector<float>.Count)
            sums += Vector.Load(x + c) * Vector.Load(weight + c);
        var product = Vector.Sum(sums);
        for (; c < channels; c++)
            product += x[c] * weight[c];
        return product;
    }
}
