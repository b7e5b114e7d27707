using System.Buffers;

namespace Histoseg.Slides;

/// <summary>A slide seen at one physical scale: the best pyramid level is read and resampled. Coordinates are pixels at that scale ("view pixels").</summary>
/// <remarks>
/// Going down, a view pixel is the mean of the level pixels it covers, weighted by coverage; going up it is interpolated bilinearly between level pixel
/// centres; at ratio 1 it is the level pixel. The same view pixel comes out the same in whatever rectangle it is read. Thread-safe.
/// </remarks>
internal sealed class SlideView
{
    // A level up to 1 % coarser than wanted is still taken for "the same": interpolating by 1.01 loses nothing, reading a four times larger level would
    // cost much.
    private const double LevelTolerance = 1.01;

    // Largest piece of a level held at once, in level pixels: wide views of far larger levels (thumbnails) go through in pieces.
    private const int PieceWidth = 2048, PieceHeight = 512;

    // Along its sides a cell has at most so many view pixels, where the slide's tiles are larger.
    private const int LargestCellSide = 2048;

    private readonly ISlide _slide;
    private readonly int _level;
    private readonly double _ratio; // level pixels per view pixel

    /// <summary>Looks at <paramref name="slide"/> at <paramref name="targetMpp"/> µm per pixel.</summary>
    /// <param name="slide">The slide; the caller keeps owning it.</param>
    /// <param name="slideMpp">µm per level-0 pixel, from <see cref="SlideScale"/>.</param>
    /// <param name="targetMpp">µm per view pixel wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A scale is not positive.</exception>
    public SlideView(ISlide slide, double slideMpp, double targetMpp)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slideMpp);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targetMpp);
        _slide = slide;
        MicronsPerPixel = targetMpp;
        Downsample = targetMpp / slideMpp;
        Width = Math.Max(1, (int)Math.Round(slide.Levels[0].Width / Downsample));
        Height = Math.Max(1, (int)Math.Round(slide.Levels[0].Height / Downsample));
        for (var i = 1; i < slide.Levels.Count; i++)
            if (slide.Levels[i].Downsample <= Downsample * LevelTolerance && slide.Levels[i].Downsample > slide.Levels[_level].Downsample)
                _level = i;
        var ratio = Downsample / slide.Levels[_level].Downsample;
        // Scales written with a few digits (0.499 · 2 against 0.998) must not turn an exact copy into a blur.
        _ratio = Math.Abs(ratio - 1) < 1e-6 ? 1 : ratio;
    }

    private SlideView(SlideView view, ISlide slide)
    {
        (_slide, _level, _ratio) = (slide, view._level, view._ratio);
        (MicronsPerPixel, Downsample, Width, Height) = (view.MicronsPerPixel, view.Downsample, view.Width, view.Height);
    }

    /// <summary>The slide looked at.</summary>
    public ISlide Slide => _slide;

    /// <summary>Index of the level that is read.</summary>
    public int Level => _level;

    /// <summary>µm per view pixel.</summary>
    public double MicronsPerPixel { get; }

    /// <summary>Level-0 pixels per view pixel. A view pixel (x, y) covers level-0 [x·d, (x+1)·d) × [y·d, (y+1)·d).</summary>
    public double Downsample { get; }

    /// <summary>Width of the whole slide in view pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the whole slide in view pixels.</summary>
    public int Height { get; }

    /// <summary>Places from 0 to <see cref="Width"/> to cut the view into cells: where tiles of the level that is read begin, or just before.</summary>
    /// <param name="side">The least width of a cell in view pixels, at least 1.</param>
    public int[] ColumnCuts(int side) => Cuts(Width, side, _slide.TileSize(_level).Width);

    /// <summary>The same from 0 to <see cref="Height"/>.</summary>
    /// <param name="side">The least height of a cell in view pixels, at least 1.</param>
    public int[] RowCuts(int side) => Cuts(Height, side, _slide.TileSize(_level).Height);

    /// <summary>The same view of what gives the same pixels.</summary>
    public SlideView Through(ISlide slide) => new(this, slide);

    /// <summary>Reads a rectangle in view pixels as RGB; may overhang the slide (white there).</summary>
    /// <param name="x">Left edge; may be negative or past the edge.</param>
    /// <param name="y">Top edge.</param>
    /// <param name="width">Width.</param>
    /// <param name="height">Height.</param>
    /// <param name="rgb">Receives height × width × 3 bytes.</param>
    /// <returns>False when part of it lies in a corrupt tile; the whole rectangle should then be treated as unreadable.</returns>
    public bool Read(int x, int y, int width, int height, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        if (rgb.Length < (long)width * height * 3)
            throw new ArgumentException($"{width}×{height} RGB pixels do not fit into {rgb.Length} bytes", nameof(rgb));
        var inside = new Region(x, y, width, height).Intersect(new(0, 0, Width, Height));
        if (!inside.CoversAll(width, height))
            rgb[..(width * height * 3)].Fill(255);
        if (inside.IsEmpty)
            return true;
        if (_ratio == 1 && inside.CoversAll(width, height))
            return _slide.ReadRegion(_level, x, y, width, height, rgb);

        var whole = true;
        int columns = Math.Max(1, (int)(PieceWidth / _ratio)), rows = Math.Max(1, (int)(PieceHeight / _ratio));
        for (var left = inside.X; left < inside.X + inside.Width; left += columns)
            for (var top = inside.Y; top < inside.Y + inside.Height; top += rows)
            {
                var piece = inside.Intersect(new(left, top, columns, rows));
                whole &= Resample(piece, rgb[(int)(((top - y) * width + left - x) * 3)..], width * 3);
            }
        return whole;
    }

    /// <summary>
    /// The same slide at a coarser scale, so that its longer side has at most <paramref name="longestSide"/> pixels; never finer than this view.
    /// </summary>
    /// <param name="longestSide">Pixels, at least 1.</param>
    public SlideView Shrunk(int longestSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide, 1);
        var shrink = Math.Max(1, Math.Max(Width, Height) / (double)longestSide);
        return new(_slide, MicronsPerPixel / Downsample, MicronsPerPixel * shrink);
    }

    private int[] Cuts(int length, int side, int tile)
    {
        var step = Math.Min(Math.Max(1, Math.Ceiling(side * _ratio / tile)) * tile, LargestCellSide * _ratio);
        return [0, .. Enumerable.Range(1, (int)(length * _ratio / step)).Select(i => Cut(i * step)).Where(cut => cut > 0 && cut < length).Distinct(), length];

        // Where no view pixel begins at the tile's edge, the cell before ends inside the tile before: then that tile is a part of both cells' reads, and is
        // kept for the second (TileKeeper).
        int Cut(double edge) => _ratio >= 1 && edge / _ratio == Math.Floor(edge / _ratio) ? (int)(edge / _ratio)
            : (int)((edge - (_ratio >= 1 ? 1 : 2)) / _ratio);
    }

    private bool Resample(Region piece, Span<byte> rgb, int stride)
    {
        var level = _slide.Levels[_level];
        var across = new ResampleTaps((int)piece.X, piece.Width, _ratio, level.Width);
        var down = new ResampleTaps((int)piece.Y, piece.Height, _ratio, level.Height);
        (var width, var height) = (across.End - across.First, down.End - down.First);
        var source = ArrayPool<byte>.Shared.Rent(width * height * 3);
        try
        {
            var whole = _slide.ReadRegion(_level, across.First, down.First, width, height, source);
            Resampler.Apply(source, across, down, rgb, stride);
            return whole;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
        }
    }
}
