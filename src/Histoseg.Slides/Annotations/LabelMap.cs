using Histoseg.Slides.Labels;

namespace Histoseg.Slides.Annotations;

/// <summary>
/// A predicted label map on disk as labels of its slide, for pictures of results: looked up in the level of its pyramid that suits the scale wanted.
/// </summary>
internal sealed class LabelMap : ILabelSource, IDisposable
{
    // Larger rectangles of a level go through in pieces.
    private const long LargestRead = 1L << 24;

    private readonly ILabelPicture _labels;
    private readonly double _across, _down; // level-0 pixels of the slide per pixel of the map's level 0

    /// <summary>Opens a label map.</summary>
    /// <param name="path">The picture that inference wrote.</param>
    /// <param name="slide">The slide it is of.</param>
    /// <exception cref="SlideError">It cannot be read.</exception>
    public LabelMap(string path, ISlide slide)
        : this(new LabelPicture(path, LabelPictureKind.Prediction), slide)
    {
    }

    /// <summary>Takes over an opened label map.</summary>
    internal LabelMap(ILabelPicture labels, ISlide slide)
    {
        _labels = labels;
        // Each by its own side: a narrow slide's width is far too rough a measure of what lies at its lower end.
        _across = (double)slide.Levels[0].Width / labels.Levels[0].Width;
        _down = (double)slide.Levels[0].Height / labels.Levels[0].Height;
    }

    /// <inheritdoc/>
    /// <exception cref="SlideError">The file is damaged there.</exception>
    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        if (width == 0 || height == 0)
            return;
        var (number, level) = _labels.Levels.Index().Where(pair => pair.Index == 0 || pair.Item.Downsample * Math.Max(_across, _down) <= downsample)
            .MaxBy(pair => pair.Item.Downsample);
        var (stepX, stepY) = (downsample / (_across * level.Downsample), downsample / (_down * level.Downsample));
        long left = Math.Clamp(At(x, stepX), 0, level.Width - 1), right = Math.Clamp(At(x + width - 1, stepX), 0, level.Width - 1);
        long top = Math.Clamp(At(y, stepY), 0, level.Height - 1), bottom = Math.Clamp(At(y + height - 1, stepY), 0, level.Height - 1);
        var columns = (int)(right - left + 1);
        if (height > 1 && columns * (bottom - top + 1) > LargestRead)
        {
            var half = height / 2;
            Paint(x, y, width, half, downsample, labels);
            Paint(x, y + half, width, height - half, downsample, labels[(half * width)..]);
            return;
        }
        var rows = (int)(bottom - top + 1);
        var read = _labels.Read(number, (int)left, (int)top, columns, rows);
        for (var j = 0; j < height; j++)
        {
            var row = At(y + j, stepY);
            for (var i = 0; i < width; i++)
            {
                var column = At(x + i, stepX);
                labels[j * width + i] = row < 0 || row >= level.Height || column < 0 || column >= level.Width ? ClassMap.Ignore
                    : read[(row - top) * columns + column - left];
            }
        }

        static long At(int viewPixel, double step) => (long)Math.Floor((viewPixel + 0.5) * step);
    }

    /// <inheritdoc/>
    public void Dispose() => _labels.Dispose();
}
