namespace Histoseg.Slides;

/// <summary>A rectangle in the pixels of one level.</summary>
internal readonly record struct Region(long X, long Y, int Width, int Height)
{
    /// <summary>Nothing to read.</summary>
    internal bool IsEmpty => Width <= 0 || Height <= 0;

    /// <summary>Checks the arguments of <see cref="ISlide.ReadRegion"/>.</summary>
    internal static void Check(ISlide slide, int level, int width, int height, ReadOnlySpan<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(level, slide.Levels.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        if (rgb.Length < (long)width * height * 3)
            throw new ArgumentException($"{width}×{height} RGB pixels do not fit into {rgb.Length} bytes", nameof(rgb));
    }

    /// <summary>The part of a request that lies inside a level.</summary>
    internal static Region Clip(SlideLevel level, long x, long y, int width, int height) =>
        new Region(x, y, width, height).Intersect(new(0, 0, level.Width, level.Height));

    /// <summary>Whether clipping left a request of this size whole.</summary>
    internal bool CoversAll(int width, int height) => Width == width && Height == height;

    /// <summary>The pixels in both.</summary>
    internal Region Intersect(Region other)
    {
        long left = Math.Max(X, other.X), top = Math.Max(Y, other.Y);
        long right = Math.Min(X + Width, other.X + other.Width), bottom = Math.Min(Y + Height, other.Y + other.Height);
        return new(left, top, (int)Math.Max(0, right - left), (int)Math.Max(0, bottom - top));
    }

    /// <summary>Cut along a grid of <paramref name="width"/> × <paramref name="height"/> pixels fixed to the level's origin.</summary>
    internal IEnumerable<Region> Pieces(int width, int height)
    {
        for (var top = Y / height * height; top < Y + Height; top += height)
            for (var left = X / width * width; left < X + Width; left += width)
                yield return Intersect(new(left, top, width, height));
    }

    /// <summary>The part of this region of a level that is whole pieces of such a grid, those cut off by the level's edge included.</summary>
    internal Region WholePieces(int width, int height, SlideLevel level)
    {
        var (left, top) = ((X + width - 1) / width * width, (Y + height - 1) / height * height);
        var right = X + Width == level.Width ? level.Width : (X + Width) / width * width;
        var bottom = Y + Height == level.Height ? level.Height : (Y + Height) / height * height;
        return new(left, top, (int)Math.Max(0, right - left), (int)Math.Max(0, bottom - top));
    }

    /// <summary>
    /// Copies this part, of the pixels of <paramref name="source"/>, into a request whose top left corner is (x, y) and whose rows are <paramref name="width"/>
    /// pixels.
    /// </summary>
    internal void Copy(ReadOnlySpan<byte> pixels, Region source, long x, long y, int width, Span<byte> rgb)
    {
        for (var row = Y; row < Y + Height; row++)
            pixels.Slice((int)(((row - source.Y) * source.Width + X - source.X) * 3), Width * 3).CopyTo(rgb[(int)(((row - y) * width + X - x) * 3)..]);
    }

    /// <summary>Whitens this part of a request whose top left corner is (x, y) and whose rows are <paramref name="width"/> pixels.</summary>
    internal void Whiten(long x, long y, int width, Span<byte> rgb)
    {
        for (var row = Y; row < Y + Height; row++)
            rgb.Slice((int)(((row - y) * width + X - x) * 3), Width * 3).Fill(255);
    }
}
