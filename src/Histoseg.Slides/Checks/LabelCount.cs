using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Checks;

/// <summary>How much of a slide has which label, counted on a grid.</summary>
internal sealed class LabelCount
{
    // Fine enough to count small structures, coarse enough to take a moment on the largest slide.
    private const int LongestSide = 8192;

    private readonly long[] _pixels = new long[256];

    /// <summary>Nothing counted.</summary>
    public static LabelCount None => new();

    /// <summary>Counts a slide's labels.</summary>
    /// <param name="labels">The truth.</param>
    /// <param name="width">The slide's width in level-0 pixels.</param>
    /// <param name="height">The slide's height in level-0 pixels.</param>
    /// <exception cref="SlideError">A mask holds a value that is no label.</exception>
    public static LabelCount Of(ILabelSource labels, int width, int height)
    {
        const int band = 256;
        var downsample = Math.Max(1, Math.Max(width, height) / (double)LongestSide);
        var count = new LabelCount { Downsample = downsample };
        var (columns, rows) = ((int)Math.Ceiling(width / downsample), (int)Math.Ceiling(height / downsample));
        var buffer = new byte[columns * Math.Min(band, rows)];
        for (var y = 0; y < rows; y += band)
        {
            var painted = buffer.AsSpan(0, columns * Math.Min(band, rows - y));
            labels.Paint(0, y, columns, painted.Length / columns, downsample, painted);
            foreach (var label in painted)
                count._pixels[label]++;
        }
        return count;
    }

    /// <summary>Level-0 pixels per pixel of the grid.</summary>
    public double Downsample { get; private init; } = 1;

    /// <summary>Pixels of the grid that have a label.</summary>
    public long this[int label] => _pixels[label];

    /// <summary>Pixels of the grid.</summary>
    public long All => _pixels.Sum();

    /// <summary>Those that count: all but <see cref="ClassMap.Ignore"/>.</summary>
    public long Counted => All - _pixels[ClassMap.Ignore];
}
