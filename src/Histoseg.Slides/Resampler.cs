using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Slides;

/// <summary>
/// Turns a rectangle of RGB bytes into a smaller or larger one by the taps of both axes: down each column first, which vectorises, then across.
/// </summary>
internal static class Resampler
{
    /// <summary>Resamples one rectangle.</summary>
    /// <param name="source">The pixels from (across.First, down.First) to (across.End, down.End), RGB.</param>
    /// <param name="across">Taps of the columns.</param>
    /// <param name="down">Taps of the rows.</param>
    /// <param name="target">Receives down.Count rows of across.Count pixels.</param>
    /// <param name="stride">Bytes from one target row to the next.</param>
    internal static void Apply(ReadOnlySpan<byte> source, ResampleTaps across, ResampleTaps down, Span<byte> target, int stride)
    {
        var rowBytes = (across.End - across.First) * 3;
        var buffer = ArrayPool<float>.Shared.Rent(rowBytes);
        var sums = buffer.AsSpan(0, rowBytes);
        for (var row = 0; row < down.Count; row++)
        {
            sums.Clear();
            var from = (down.Start(row) - down.First) * rowBytes;
            foreach (var weight in down.Weights(row))
            {
                AddScaled(source.Slice(from, rowBytes), weight, sums);
                from += rowBytes;
            }
            Across(sums, across, target.Slice(row * stride, across.Count * 3));
        }
        ArrayPool<float>.Shared.Return(buffer);
    }

    // sums += weight · row
    private static void AddScaled(ReadOnlySpan<byte> row, float weight, Span<float> sums)
    {
        var n = Vector<float>.Count;
        var bytes = MemoryMarshal.Cast<byte, Vector<byte>>(row);
        var wide = MemoryMarshal.Cast<float, Vector<float>>(sums);
        for (var i = 0; i < bytes.Length; i++)
        {
            Vector.Widen(bytes[i], out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            wide[4 * i] += Vector.ConvertToSingle(Vector.AsVectorInt32(a)) * weight;
            wide[4 * i + 1] += Vector.ConvertToSingle(Vector.AsVectorInt32(b)) * weight;
            wide[4 * i + 2] += Vector.ConvertToSingle(Vector.AsVectorInt32(c)) * weight;
            wide[4 * i + 3] += Vector.ConvertToSingle(Vector.AsVectorInt32(d)) * weight;
        }
        for (var i = bytes.Length * 4 * n; i < row.Length; i++)
            sums[i] += row[i] * weight;
    }

    private static void Across(ReadOnlySpan<float> sums, ResampleTaps across, Span<byte> line)
    {
        for (int i = 0, o = 0; i < across.Count; i++, o += 3)
        {
            float r = 0.5f, g = 0.5f, b = 0.5f; // rounds to the nearest
            var s = (across.Start(i) - across.First) * 3;
            foreach (var weight in across.Weights(i))
            {
                r += weight * sums[s];
                g += weight * sums[s + 1];
                b += weight * sums[s + 2];
                s += 3;
            }
            line[o] = (byte)r;
            line[o + 1] = (byte)g;
            line[o + 2] = (byte)b;
        }
    }
}
