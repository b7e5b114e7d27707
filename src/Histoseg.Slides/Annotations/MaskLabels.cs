using Histoseg.Slides.Labels;

namespace Histoseg.Slides.Annotations;

/// <summary>Labels looked up in a mask picture: mask pixel (i, j) covers level-0 [i·d, (i+1)·d) × [j·d, (j+1)·d) of the part that it covers.</summary>
internal sealed class MaskLabels : ILabelSource
{
    // Above this the mask stays in its file (or libvips' temporary copy) and is read by regions, which are no larger either.
    internal const long LargestInMemory = 1L << 28;

    private const int RowsPerRead = 256;

    private readonly int _width;
    private readonly int _height;

    // One of the two: the picture itself is let go once its pixels are here.
    private readonly LabelPicture? _picture;
    private readonly byte[]? _pixels;
    private readonly long _largestInMemory;
    private readonly MaskValues _values;
    private readonly int _step;
    private readonly SlideFrame _frame;

    private MaskLabels(LabelPicture picture, int step, MaskValues values, SlideFrame frame, long largestInMemory)
    {
        (_width, _height, _step, _values, _frame, _largestInMemory) = (picture.Width, picture.Height, step, values, frame, largestInMemory);
        if ((long)picture.Width * picture.Height > largestInMemory)
            _picture = picture;
        else
            _pixels = picture.ReadRows(0, picture.Height);
        values.Require(Occurring(picture));
        if (_pixels is not null)
            picture.Dispose();
    }

    /// <summary>Opens a mask.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">Class names; the index is the label.</param>
    /// <param name="frames">What it may cover, at a whole-number downsample: the first of those whose size it fits best.</param>
    /// <param name="values">Value to label; null: the value is the label.</param>
    /// <param name="largestInMemory">A mask of more pixels stays in its file.</param>
    /// <exception cref="SlideError">It cannot be read, has the size of none of the frames, or a value that means nothing.</exception>
    public static MaskLabels Load(
        string path, IReadOnlyList<string> classes, IReadOnlyList<SlideFrame> frames, IReadOnlyDictionary<byte, byte>? values,
        long largestInMemory = LargestInMemory)
    {
        var picture = new LabelPicture(path, LabelPictureKind.Mask);
        try
        {
            var (frame, step) = Place(path, picture, frames);
            return new MaskLabels(picture, step, new MaskValues(path, classes, values), frame, largestInMemory);
        }
        catch (SlideError)
        {
            picture.Dispose();
            throw;
        }
    }

    /// <summary>What it covers; all else is <see cref="ClassMap.Ignore"/>.</summary>
    public SlideFrame Frame => _frame;

    private bool[] Occurring(LabelPicture picture)
    {
        var occurs = new bool[256];
        for (var y = 0; y < _height; y += RowsPerRead)
        {
            var rows = Math.Min(RowsPerRead, _height - y);
            foreach (var value in _pixels is not null ? _pixels.AsSpan(y * _width, rows * _width) : picture.ReadRows(y, rows))
                occurs[value] = true;
        }
        return occurs;
    }

    private static (SlideFrame Frame, int Step) Place(string path, LabelPicture picture, IReadOnlyList<SlideFrame> frames)
    {
        var fitting = frames.Select(frame => (Frame: frame, Step: Step(picture, frame))).Where(pair => pair.Step > 0).ToList();
        if (fitting.Count == 0)
            throw new SlideError($"{path}: the mask ({picture.Width} × {picture.Height}) does not cover the slide "
                + $"({string.Join(", or ", frames.Select(frame => $"{frame.Width} × {frame.Height}"))}) at a whole-number downsample");
        return fitting.MinBy(pair => Difference(picture.Width, pair.Frame.Width, pair.Step) + Difference(picture.Height, pair.Frame.Height, pair.Step));
    }

    // 0 where there is none.
    private static int Step(LabelPicture picture, SlideFrame frame)
    {
        // Wider sides round better.
        var step = frame.Width >= frame.Height ? (double)frame.Width / picture.Width : (double)frame.Height / picture.Height;
        var whole = (int)Math.Round(step);
        // Makers of masks round down, up or to the nearest.
        return whole >= 1 && Difference(picture.Width, frame.Width, whole) < whole && Difference(picture.Height, frame.Height, whole) < whole ? whole : 0;
    }

    private static long Difference(int mask, int slide, int step) => Math.Abs(((long)mask * step) - slide);

    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        labels = labels[..(width * height)];
        if (width == 0 || height == 0)
            return;
        var columns = new int[width];
        for (var i = 0; i < width; i++)
            columns[i] = MaskPixel(x + i, downsample, _frame.Left, _width);
        var (left, top) = (columns[0], MaskPixel(y, downsample, _frame.Top, _height));
        var bottom = MaskPixel(y + height - 1, downsample, _frame.Top, _height);
        var stride = _pixels is not null ? _width : columns[^1] - left + 1;
        if (_pixels is null && height > 1 && (long)stride * (bottom - top + 1) > _largestInMemory)
        {
            var half = height / 2;
            Paint(x, y, width, half, downsample, labels);
            Paint(x, y + half, width, height - half, downsample, labels[(half * width)..]);
            return;
        }
        var pixels = _pixels ?? _picture!.Read(0, left, top, stride, bottom - top + 1);
        var origin = _pixels is not null ? 0 : ((long)top * stride) + left;
        for (var j = 0; j < height; j++)
        {
            var row = MaskPixel(y + j, downsample, _frame.Top, _height);
            for (var i = 0; i < width; i++)
                labels[(j * width) + i] = _values.LabelOf(pixels[((long)row * stride) + columns[i] - origin]);
        }
        _frame.MaskOutside(x, y, width, height, downsample, labels);
    }

    // The mask may end a little before what it covers does: its last pixel then covers the rest.
    private int MaskPixel(int viewPixel, double downsample, int origin, int size) =>
        (int)Math.Clamp(Math.Floor((((viewPixel + 0.5) * downsample) - origin) / _step), 0, size - 1);
}
