using System.Buffers;

namespace Histoseg.Slides.Sampling;

/// <summary>Enlarges or shrinks square pictures by factors near 1: colours bilinearly, labels by the nearest.</summary>
internal static class SquareResize
{
    /// <summary>Resizes RGB, pixel centres on pixel centres.</summary>
    /// <param name="source">from × from × 3 bytes.</param>
    /// <param name="from">Side of the source, pixels.</param>
    /// <param name="target">Receives to × to × 3 bytes.</param>
    /// <param name="to">Side of the target, pixels.</param>
    public static void Bilinear(ReadOnlySpan<byte> source, int from, Span<byte> target, int to)
    {
        if (from == to)
        {
            source[..(from * from * 3)].CopyTo(target);
            return;
        }
        // Weights in 1/256: both passes then fit an int with 16 fraction bits.
        var taps = new (int First, int Second, int Weight)[to];
        for (var i = 0; i < to; i++)
        {
            var position = Math.Clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
            var first = (int)position;
            taps[i] = (first, Math.Min(first + 1, from - 1), (int)Math.Round((position - first) * 256));
        }
        var blended = ArrayPool<int>.Shared.Rent(from * 3);
        for (var row = 0; row < to; row++)
        {
            var (first, second, weight) = taps[row];
            var upper = source.Slice(first * from * 3, from * 3);
            var lower = source.Slice(second * from * 3, from * 3);
            for (var i = 0; i < upper.Length; i++) blended[i] = upper[i] * 256 + (lower[i] - upper[i]) * weight;
            var line = target.Slice(row * to * 3, to * 3);
            for (var column = 0; column < to; column++)
            {
                var (left, right, share) = taps[column];
                for (var channel = 0; channel < 3; channel++)
                {
                    var value = blended[left * 3 + channel];
                    line[column * 3 + channel] = (byte)((value * 256 + (blended[right * 3 + channel] - value) * share + 32768) >> 16);
                }
            }
        }
        ArrayPool<int>.Shared.Return(blended);
    }

    /// <summary>Resizes labels.</summary>
    /// <param name="source">from × from labels.</param>
    /// <param name="from">Side of the source, pixels.</param>
    /// <param name="target">Receives to × to labels.</param>
    /// <param name="to">Side of the target, pixels.</param>
    public static void Nearest(ReadOnlySpan<byte> source, int from, Span<byte> target, int to)
    {
        for (var row = 0; row < to; row++)
        {
            var line = source.Slice((int)((row + 0.5) * from / to) * from, from);
            for (var column = 0; column < to; column++) target[row * to + column] = line[(int)((column + 0.5) * from / to)];
        }
    }
}
