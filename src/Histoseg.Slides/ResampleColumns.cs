using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Histoseg.Slides;

/// <summary>The taps across, laid out so that four output pixels are made at a time.</summary>
internal sealed class ResampleColumns
{
    private const int Pixels = 4, Channels = 4; // of a vector's four numbers the last belongs to the next pixel, and is of no use

    private readonly int _count, _taps;
    private readonly int[] _places; // of each output pixel's first source pixel, in numbers from the row's beginning
    private readonly float[] _weights; // for each four output pixels and each tap, the weight of each channel

    /// <summary>Lays out the taps of a row's pixels.</summary>
    internal ResampleColumns(ResampleTaps taps)
    {
        _count = taps.Count;
        for (var i = 0; i < _count; i++)
            _taps = Math.Max(_taps, taps.Weights(i).Length);
        var blocks = (_count + Pixels - 1) / Pixels;
        (_places, _weights) = (new int[blocks * Pixels], new float[blocks * Pixels * Channels * _taps]);
        for (var i = 0; i < _count; i++)
        {
            _places[i] = (taps.Start(i) - taps.First) * 3;
            var weights = taps.Weights(i);
            for (var tap = 0; tap < weights.Length; tap++)
                _weights.AsSpan(((i / Pixels * _taps + tap) * Pixels + i % Pixels) * Channels, Channels).Fill(weights[tap]);
        }
        RowLength = (taps.End - taps.First + _taps) * 3 + 1;
    }

    /// <summary>Numbers that a row of source pixels must have: those behind its pixels count for nothing, and must be finite.</summary>
    internal int RowLength { get; }

    /// <summary>Makes a row of output pixels, RGB, rounded to the nearest.</summary>
    /// <param name="row"><see cref="RowLength"/> numbers, three for each source pixel.</param>
    /// <param name="line">Receives three bytes for each output pixel.</param>
    internal void Apply(ReadOnlySpan<float> row, Span<byte> line)
    {
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var firstWeight = ref MemoryMarshal.GetArrayDataReference(_weights);
        Span<byte> four = stackalloc byte[Pixels * 3];
        for (var i = 0; i < _count; i += Pixels)
        {
            var (p, q) = (Vector256.Create(0.5f), Vector256.Create(0.5f)); // rounds to the nearest
            ref var weight = ref Unsafe.Add(ref firstWeight, i * _taps * Channels);
            ref var a = ref Unsafe.Add(ref source, _places[i]);
            ref var b = ref Unsafe.Add(ref source, _places[i + 1]);
            ref var c = ref Unsafe.Add(ref source, _places[i + 2]);
            ref var d = ref Unsafe.Add(ref source, _places[i + 3]);
            for (var tap = _taps; tap > 0; tap--)
            {
                p += Vector256.Create(Vector128.LoadUnsafe(ref a), Vector128.LoadUnsafe(ref b)) * Vector256.LoadUnsafe(ref weight);
                q += Vector256.Create(Vector128.LoadUnsafe(ref c), Vector128.LoadUnsafe(ref d)) * Vector256.LoadUnsafe(ref weight, 2 * Channels);
                a = ref Unsafe.Add(ref a, 3);
                b = ref Unsafe.Add(ref b, 3);
                c = ref Unsafe.Add(ref c, 3);
                d = ref Unsafe.Add(ref d, 3);
                weight = ref Unsafe.Add(ref weight, Pixels * Channels);
            }
            // A number of 32 bits for each channel, with a byte of each pixel: of a and c in the lower half, of b and d in the upper.
            var pairs = Vector256.ConvertToInt32Native(p) | (Vector256.ConvertToInt32Native(q) << 16);
            var channels = pairs.GetLower() | (pairs.GetUpper() << 8);
            var rgb = Vector128.Shuffle(channels.AsByte(), Vector128.Create((byte)0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, 12, 13, 14, 15));
            var isWhole = i + Pixels <= _count;
            var target = isWhole ? line[(i * 3)..] : four;
            MemoryMarshal.Write(target, rgb.AsUInt64()[0]);
            MemoryMarshal.Write(target[8..], rgb.AsUInt32()[2]);
            if (!isWhole)
                four[..((_count - i) * 3)].CopyTo(line[(i * 3)..]);
        }
    }
}
