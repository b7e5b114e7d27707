namespace Histoseg.Slides.Annotations;

/// <summary>The extent of a slide, or of the part of it that was scanned, in level-0 pixels; what lies outside counts nowhere.</summary>
internal readonly record struct SlideFrame(int Width, int Height, int Left = 0, int Top = 0)
{
    /// <summary>
    /// Sets the pixels whose centres lie outside to <see cref="ClassMap.Ignore"/>; parameters as in <see cref="ILabelSource.Paint"/>.
    /// </summary>
    public void MaskOutside(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        var (left, right) = Inside(x, width, downsample, Left, Width);
        var (top, bottom) = Inside(y, height, downsample, Top, Height);
        labels[..(top * width)].Fill(ClassMap.Ignore);
        labels[(bottom * width)..(height * width)].Fill(ClassMap.Ignore);
        if (left == 0 && right == width)
            return;
        for (var row = top; row < bottom; row++)
        {
            var line = labels.Slice(row * width, width);
            line[..left].Fill(ClassMap.Ignore);
            line[right..].Fill(ClassMap.Ignore);
        }
    }

    // The pixels of [0, length) whose centres lie in [from, from + size).
    private static (int Start, int End) Inside(int origin, int length, double downsample, int from, int size)
    {
        var start = (int)Math.Clamp(Math.Ceiling((from / downsample) - origin - 0.5), 0, length);
        var end = (int)Math.Clamp(Math.Ceiling((((double)from + size) / downsample) - origin - 0.5), start, length);
        return (start, end);
    }
}
