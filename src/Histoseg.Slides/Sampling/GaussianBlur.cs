using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Slides.Sampling;

/// <summary>Gaussian blur of an RGB picture, rows first and then columns; the rim is repeated outwards.</summary>
internal static class GaussianBlur
{
    /// <summary>Blurs in place.</summary>
    /// <param name="rgb">size × size × 3 bytes.</param>
    /// <param name="size">Side, pixels.</param>
    /// <param name="sigma">Standard deviation, pixels, above 0.</param>
    public static void Apply(Span<byte> rgb, int size, double sigma)
    {
        var weights = Weights(sigma);
        var reach = weights.Length / 2;
        var width = size * 3;
        var across = ArrayPool<float>.Shared.Rent(size * width);
        var padded = ArrayPool<float>.Shared.Rent(width + 6 * reach);
        var sum = ArrayPool<float>.Shared.Rent(width);
        for (var row = 0; row < size; row++)
        {
            var line = rgb.Slice(row * width, width);
            for (var i = 0; i < width + 6 * reach; i++)
            {
                // Interleaved channels: the pixel k places away is 3k bytes away.
                var pixel = Math.Clamp(i / 3 - reach, 0, size - 1);
                padded[i] = line[pixel * 3 + i % 3];
            }
            var target = across.AsSpan(row * width, width);
            target.Clear();
            for (var tap = 0; tap < weights.Length; tap++) AddScaled(padded.AsSpan(3 * tap, width), weights[tap], target);
        }
        for (var row = 0; row < size; row++)
        {
            var target = sum.AsSpan(0, width);
            target.Fill(0.5f);
            for (var tap = 0; tap < weights.Length; tap++)
                AddScaled(across.AsSpan(Math.Clamp(row + tap - reach, 0, size - 1) * width, width), weights[tap], target);
            var line = rgb.Slice(row * width, width);
            for (var i = 0; i < width; i++) line[i] = (byte)target[i];
        }
        ArrayPool<float>.Shared.Return(across);
        ArrayPool<float>.Shared.Return(padded);
        ArrayPool<float>.Shared.Return(sum);
    }

    /// <summary>How far a blur reaches, pixels.</summary>
    public static int Reach(double sigma) => Math.Max(1, (int)Math.Ceiling(3 * sigma));

    /// <summary>The weights of the pixels −reach … reach away, which add up to 1.</summary>
    public static float[] Weights(double sigma)
    {
        var reach = Reach(sigma);
        var weights = Enumerable.Range(-reach, 2 * reach + 1).Select(k => Math.Exp(-k * k / (2 * sigma * sigma))).ToArray();
        var total = weights.Sum();
        return [.. weights.Select(w => (float)(w / total))];
    }

    private static void AddScaled(ReadOnlySpan<float> source, float weight, Span<float> target)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(source);
        var to = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (var i = 0; i < to.Length; i++) to[i] += weight * from[i];
        for (var i = to.Length * Vector<float>.Count; i < target.Length; i++) target[i] += weight * source[i];
    }
}
