namespace Histoseg.Slides;

/// <summary>Where a slide has tissue, from a small picture of it: Otsu's threshold on each pixel's colourfulness (largest minus smallest of R, G, B).</summary>
/// <remarks>
/// Colourfulness rather than HSV saturation, which is noise where a picture is dark. Stain is coloured; glass, shadows, dust and black borders are grey.
/// </remarks>
internal sealed class TissueMask
{
    // Otsu always finds two groups, in an empty slide or one full of tissue too. Background has at most a slight tint, and
    // the palest stroma is more coloured than the upper bound.
    private const int LowestThreshold = 10, HighestThreshold = 30;

    private readonly long[] _sums; // (height + 1) × (width + 1): tissue pixels above and to the left
    private readonly double _scale; // mask pixels per view pixel

    private TissueMask(ReadOnlySpan<byte> colourfulness, int width, int height, double scale)
    {
        Width = width;
        Height = height;
        _scale = scale;
        Threshold = Math.Clamp(Otsu(colourfulness), LowestThreshold, HighestThreshold);
        _sums = new long[(height + 1) * (width + 1)];
        for (var y = 0; y < height; y++)
        {
            long row = 0;
            for (var x = 0; x < width; x++)
            {
                row += colourfulness[y * width + x] > Threshold ? 1 : 0;
                _sums[(y + 1) * (width + 1) + x + 1] = _sums[y * (width + 1) + x + 1] + row;
            }
        }
    }

    /// <summary>Width of the mask in its own pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the mask in its own pixels.</summary>
    public int Height { get; }

    /// <summary>The colourfulness above which a mask pixel is tissue, 10 … 30 of 255.</summary>
    public int Threshold { get; }

    /// <summary>The share of the whole slide that is tissue, 0 … 1.</summary>
    public double SlideShare => (double)_sums[^1] / (Width * Height);

    /// <summary>Makes the mask of a slide.</summary>
    /// <param name="view">The view in whose pixels <see cref="Share"/> will be asked.</param>
    /// <param name="longestSide">The mask's longer side in pixels; it is never finer than the view.</param>
    public static TissueMask FromSlide(SlideView view, int longestSide = 2048)
    {
        var small = view.Shrunk(longestSide);
        var colourfulness = new byte[small.Width * small.Height];
        const int band = 64;
        var rgb = new byte[small.Width * band * 3];
        for (var y = 0; y < small.Height; y += band)
        {
            var rows = Math.Min(band, small.Height - y);
            small.Read(0, y, small.Width, rows, rgb); // unreadable parts come as white, which is no tissue
            for (var i = 0; i < small.Width * rows; i++)
            {
                (var r, var g, var b) = (rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]);
                colourfulness[y * small.Width + i] = (byte)(Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b)));
            }
        }
        return new(colourfulness, small.Width, small.Height, view.Downsample / small.Downsample);
    }

    /// <summary>The share of a rectangle, in the view's pixels, that is tissue; what lies outside the slide counts as background.</summary>
    /// <param name="x">Left edge; may be negative.</param>
    /// <param name="y">Top edge; may be negative.</param>
    /// <param name="width">Width, at least 1.</param>
    /// <param name="height">Height, at least 1.</param>
    /// <returns>0 … 1, exact to a mask pixel.</returns>
    public double Share(int x, int y, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        (var left, var right) = Range(x, width);
        (var top, var bottom) = Range(y, height);
        long l = Math.Clamp(left, 0, Width), r = Math.Clamp(right, 0, Width);
        long t = Math.Clamp(top, 0, Height), b = Math.Clamp(bottom, 0, Height);
        var tissue = Sum(r, b) - Sum(l, b) - Sum(r, t) + Sum(l, t);
        return tissue / ((double)(right - left) * (bottom - top));
    }

    private (long From, long To) Range(int from, int length)
    {
        var first = (long)Math.Round(from * _scale);
        // A rectangle smaller than a mask pixel is that pixel.
        var end = (long)Math.Round(((double)from + length) * _scale);
        return end > first ? (first, end) : ((long)Math.Floor(from * _scale), (long)Math.Floor(from * _scale) + 1);
    }

    private long Sum(long x, long y) => _sums[y * (Width + 1) + x];

    // The threshold that parts the histogram into two groups with the largest variance between them.
    private static int Otsu(ReadOnlySpan<byte> values)
    {
        Span<long> histogram = stackalloc long[256];
        long total = 0;
        foreach (var value in values)
        {
            histogram[value]++;
            total += value;
        }
        var best = 0;
        double most = -1;
        long below = 0, belowTotal = 0;
        for (var t = 0; t < 255; t++)
        {
            below += histogram[t];
            belowTotal += t * histogram[t];
            var above = values.Length - below;
            if (below == 0 || above == 0)
                continue;
            var gap = (double)belowTotal / below - (double)(total - belowTotal) / above;
            var between = (double)below * above * gap * gap;
            if (between > most)
                (most, best) = (between, t);
        }
        return best;
    }
}
