using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Slides;

/// <summary>Turns a rectangle of RGB bytes into a smaller or larger one by the taps of both axes: down each column first, then across.</summary>
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
        var columns = new ResampleColumns(across);
        var rowBytes = (across.End - across.First) * 3;
        var buffer = ArrayPool<float>.Shared.Rent(columns.RowLength);
        buffer.AsSpan(rowBytes, columns.RowLength - rowBytes).Clear();
        for (var row = 0; row < down.Count; row++)
        {
            Sum(source[((down.Start(row) - down.First) * rowBytes)..], rowBytes, down.Weights(row), buffer);
            columns.Apply(buffer, target.Slice(row * stride, across.Count * 3));
        }
        ArrayPool<float>.Shared.Return(buffer);
    }

    // The weighted sum of as many rows as there are weights.
    private static void Sum(ReadOnlySpan<byte> rows, int rowBytes, ReadOnlySpan<float> weights, Span<float> sums)
    {
        var (bytes, floats) = (Vector<byte>.Count, Vector<float>.Count);
        ref var from = ref MemoryMarshal.GetReference(rows[..(rowBytes * weights.Length)]);
        ref var to = ref MemoryMarshal.GetReference(sums[..rowBytes]);
        var i = 0;
        for (; i <= rowBytes - bytes; i += bytes)
        {
            Vector<float> a = default, b = default, c = default, d = default;
            for (var row = 0; row < weights.Length; row++)
            {
                Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)(row * rowBytes + i)), out var low, out var high);
                Vector.Widen(low, out var first, out var second);
                Vector.Widen(high, out var third, out var fourth);
                var weight = weights[row];
                a += Vector.ConvertToSingle(Vector.AsVectorInt32(first)) * weight;
                b += Vector.ConvertToSingle(Vector.AsVectorInt32(second)) * weight;
                c += Vector.ConvertToSingle(Vector.AsVectorInt32(third)) * weight;
                d += Vector.ConvertToSingle(Vector.AsVectorInt32(fourth)) * weight;
            }
            a.StoreUnsafe(ref to, (nuint)i);
            b.StoreUnsafe(ref to, (nuint)(i + floats));
            c.StoreUnsafe(ref to, (nuint)(i + 2 * floats));
            d.StoreUnsafe(ref to, (nuint)(i + 3 * floats));
        }
        for (; i < rowBytes; i++)
        {
            var sum = 0f;
            for (var row = 0; row < weights.Length; row++)
                sum += rows[row * rowBytes + i] * weights[row];
            sums[i] = sum;
        }
    }
}
