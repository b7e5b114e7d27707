using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        var buffer = ArrayPool<float>.Shared.Rent(rowBytes + 1); // Across loads a number more than a pixel has
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
            Across(buffer, across, target.Slice(row * stride, across.Count * 3));
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

    private static void Across(float[] sums, ResampleTaps across, Span<byte> line)
    {
        var half = Vector128.Create(0.5f); // rounds to the nearest
        for (int i = 0, o = 0; i < across.Count; i++, o += 3)
        {
            var rgb = half;
            var s = (across.Start(i) - across.First) * 3;
            foreach (var weight in across.Weights(i))
            {
                rgb += weight * Vector128.Create(sums, s);
                s += 3;
            }
            var whole = Vector128.ConvertToInt32(rgb);
            (line[o], line[o + 1], line[o + 2]) = ((byte)whole[0], (byte)whole[1], (byte)whole[2]);
        }
    }
}
