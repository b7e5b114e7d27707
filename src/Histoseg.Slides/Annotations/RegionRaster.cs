using System.Buffers;
using System.Numerics;

namespace Histoseg.Slides.Annotations;

/// <summary>Fills one region's pixels in any rectangle at any scale: scanlines through pixel centres, even-odd within each ring, holes cut out.</summary>
/// <remarks>
/// Immutable. Time and memory are linear: in the region's points once, then in the edges beside a rectangle, the rows they cross in it, and its area; no list
/// of crossings is kept or sorted.
/// </remarks>
internal sealed class RegionRaster
{
    private readonly RingEdges _outer;
    private readonly RingEdges[] _holes;

    public RegionRaster(AnnotatedRegion region)
    {
        _outer = new RingEdges(region.Ring);
        _holes = [.. region.Holes.Select(hole => new RingEdges(hole))];
    }

    /// <summary>The outer ring's bounds, level-0 pixels.</summary>
    public (double Left, double Top, double Right, double Bottom) Bounds => _outer.Bounds;

    /// <summary>Sets the region's pixels of a rectangle to a label; parameters as in <see cref="ILabelSource.Paint"/>.</summary>
    /// <returns>The work it took: edges looked at, rows crossed and words of pixels.</returns>
    public long Fill(int x, int y, int width, int height, double downsample, byte label, Span<byte> labels)
    {
        var all = new Region(x, y, width, height);
        var part = PixelsOf(_outer, all, downsample);
        if (part.IsEmpty)
            return 0;
        var words = (part.Width + 63) / 64;
        var rented = ArrayPool<ulong>.Shared.Rent(words * part.Height);
        try
        {
            var inside = rented.AsSpan(0, words * part.Height);
            var work = Inside(_outer, part, downsample, inside);
            foreach (var hole in _holes)
                work += Cut(hole, part, downsample, inside, words);
            for (var row = 0; row < part.Height; row++)
                FillRow(inside.Slice(row * words, words), part.Width, label, labels[(int)(((part.Y - y + row) * width) + part.X - x)..]);
            return work;
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(rented);
        }
    }

    // The pixels of a rectangle that a ring may touch.
    private static Region PixelsOf(RingEdges ring, Region all, double downsample)
    {
        var (left, top, right, bottom) = ring.Bounds;
        // One more on each side: what rounding could make of a bound.
        static (long Start, int Length) Along(double from, double to, long origin, int length, double downsample)
        {
            var start = Math.Clamp(Math.Floor((from / downsample) - origin) - 1, 0, length);
            var end = Math.Clamp(Math.Ceiling((to / downsample) - origin) + 1, start, length);
            return (origin + (long)start, (int)(end - start));
        }

        var (x, width) = Along(left, right, all.X, all.Width, downsample);
        var (y, height) = Along(top, bottom, all.Y, all.Height, downsample);
        return new(x, y, width, height);
    }

    // A bit for each pixel that the ring goes around, rows of whole words.
    private static long Inside(RingEdges ring, Region part, double downsample, Span<ulong> inside)
    {
        inside.Clear();
        var work = ring.Turn((int)part.X, (int)part.Y, part.Width, part.Height, downsample, inside);
        var words = (part.Width + 63) / 64;
        for (var row = 0; row < part.Height; row++)
        {
            var before = 0UL; // all ones: inside at the end of the word before
            foreach (ref var word in inside.Slice(row * words, words))
            {
                // Each bit becomes the parity of itself and all before it.
                word ^= word << 1;
                word ^= word << 2;
                word ^= word << 4;
                word ^= word << 8;
                word ^= word << 16;
                word ^= word << 32;
                word ^= before;
                before = 0UL - (word >> 63);
            }
        }
        return work + inside.Length;
    }

    private static long Cut(RingEdges hole, Region part, double downsample, Span<ulong> inside, int words)
    {
        // From a word's first pixel on, so that the words of both lie on another.
        var touched = PixelsOf(hole, part, downsample);
        if (touched.IsEmpty)
            return 1;
        var skip = (int)((touched.X - part.X) / 64);
        touched = touched with { X = part.X + (skip * 64), Width = (int)(touched.X + touched.Width - part.X) - (skip * 64) };
        var columns = (touched.Width + 63) / 64;
        var rented = ArrayPool<ulong>.Shared.Rent(columns * touched.Height);
        try
        {
            var hollow = rented.AsSpan(0, columns * touched.Height);
            var work = Inside(hole, touched, downsample, hollow);
            for (var row = 0; row < touched.Height; row++)
            {
                var target = inside.Slice(((int)(touched.Y - part.Y + row) * words) + skip, columns);
                for (var i = 0; i < columns; i++)
                    target[i] &= ~hollow[(row * columns) + i];
            }
            return work;
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(rented);
        }
    }

    private static void FillRow(ReadOnlySpan<ulong> inside, int width, byte label, Span<byte> labels)
    {
        for (var i = 0; i < inside.Length; i++)
        {
            var word = inside[i];
            var (start, columns) = (i * 64, Math.Min(64, width - (i * 64)));
            if (word == ulong.MaxValue)
            {
                labels.Slice(start, columns).Fill(label);
                continue;
            }
            while (word != 0)
            {
                var from = BitOperations.TrailingZeroCount(word);
                var run = BitOperations.TrailingZeroCount(~(word >> from));
                if (from >= columns)
                    break;
                labels.Slice(start + from, Math.Min(run, columns - from)).Fill(label);
                word = from + run >= 64 ? 0 : word & (ulong.MaxValue << (from + run));
            }
        }
    }
}
