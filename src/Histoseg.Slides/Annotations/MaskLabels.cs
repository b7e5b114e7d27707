using Histoseg.Slides.Labels;

namespace Histoseg.Slides.Annotations;

/// <summary>Labels looked up in a mask picture: mask pixel (i, j) covers level-0 [i·d, (i+1)·d) × [j·d, (j+1)·d).</summary>
internal sealed class MaskLabels : ILabelSource
{
    // Above this the mask stays in its file (or libvips' temporary copy) and is read by regions, which are no larger either.
    internal const long LargestInMemory = 1L << 28;

    private const int Unknown = -1;

    private readonly string _path;
    private readonly int _width;
    private readonly int _height;

    // One of the two: the picture itself is let go once its pixels are here.
    private readonly LabelPicture? _picture;
    private readonly byte[]? _pixels;
    private readonly long _largestInMemory;
    private readonly short[] _labels;
    private readonly int _step;
    private readonly SlideFrame _frame;

    private MaskLabels(string path, LabelPicture picture, int step, short[] labels, SlideFrame frame, long largestInMemory)
    {
        (_path, _width, _height, _step, _labels, _frame, _largestInMemory) = (path, picture.Width, picture.Height, step, labels, frame, largestInMemory);
        if ((long)picture.Width * picture.Height > largestInMemory)
        {
            _picture = picture;
            return;
        }
        _pixels = picture.ReadRows(0, picture.Height);
        picture.Dispose();
        foreach (var value in _pixels)
            _ = Label(value);
    }

    public static MaskLabels Load(string path, int classes, SlideFrame frame, IReadOnlyDictionary<byte, byte>? values, long largestInMemory = LargestInMemory)
    {
        var picture = new LabelPicture(path, LabelPictureKind.Mask);
        try
        {
            return new MaskLabels(path, picture, Step(path, picture, frame), Table(path, classes, values), frame, largestInMemory);
        }
        catch (SlideError)
        {
            picture.Dispose();
            throw;
        }
    }

    private static int Step(string path, LabelPicture picture, SlideFrame frame)
    {
        // Wider sides round better.
        var step = frame.Width >= frame.Height ? (double)frame.Width / picture.Width : (double)frame.Height / picture.Height;
        var whole = (int)Math.Round(step);
        if (whole < 1 || !Fits(picture.Width, frame.Width, whole) || !Fits(picture.Height, frame.Height, whole))
            throw new SlideError($"{path}: the mask ({picture.Width} × {picture.Height}) does not cover the slide ({frame.Width} × {frame.Height}) at a "
                + "whole-number downsample");
        return whole;
    }

    // Makers of masks round down, up or to the nearest.
    private static bool Fits(int mask, int slide, int step) => Math.Abs(((long)mask * step) - slide) < step;

    private static short[] Table(string path, int classes, IReadOnlyDictionary<byte, byte>? values)
    {
        var table = new short[256];
        Array.Fill<short>(table, Unknown);
        if (values is null)
        {
            for (var i = 0; i < classes; i++)
                table[i] = (short)i;
        }
        else
        {
            foreach (var (value, label) in values)
                table[value] = label < classes || label == ClassMap.Ignore
                    ? label
                    : throw new SlideError($"{path}: mask value {value} is mapped to label {label}, but there are only {classes} classes");
        }
        if (table[ClassMap.Ignore] == Unknown)
            table[ClassMap.Ignore] = ClassMap.Ignore;
        return table;
    }

    private byte Label(byte value) => _labels[value] != Unknown
        ? (byte)_labels[value]
        : throw new SlideError($"{_path}: the mask has the value {value}, which is no label; known values: "
            + $"{string.Join(", ", Enumerable.Range(0, 256).Where(v => _labels[v] != Unknown))}");

    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        labels = labels[..(width * height)];
        if (width == 0 || height == 0)
            return;
        var columns = new int[width];
        for (var i = 0; i < width; i++)
            columns[i] = MaskPixel(x + i, downsample, _width);
        var (left, top) = (columns[0], MaskPixel(y, downsample, _height));
        var bottom = MaskPixel(y + height - 1, downsample, _height);
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
            var row = MaskPixel(y + j, downsample, _height);
            for (var i = 0; i < width; i++)
                labels[(j * width) + i] = Label(pixels[((long)row * stride) + columns[i] - origin]);
        }
        _frame.MaskOutside(x, y, width, height, downsample, labels);
    }

    // The mask may end a little before the slide does: its last pixel then covers the rest.
    private int MaskPixel(int viewPixel, double downsample, int size) =>
        (int)Math.Clamp(Math.Floor((viewPixel + 0.5) * downsample / _step), 0, size - 1);
}
