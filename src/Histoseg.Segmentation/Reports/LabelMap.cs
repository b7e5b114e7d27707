using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Reports;

/// <summary>A predicted label map on disk as labels of its slide. Not thread-safe: for pictures of results.</summary>
public sealed class LabelMap : ILabelSource, IDisposable
{
    private readonly LabelTiff _labels;
    private readonly double _downsample;

    /// <summary>Opens a label map.</summary>
    /// <param name="path">The TIFF that inference wrote.</param>
    /// <param name="slide">The slide it is of.</param>
    /// <exception cref="SlideError">It cannot be read.</exception>
    public LabelMap(string path, ISlide slide)
    {
        _labels = new(path);
        _downsample = (double)slide.Levels[0].Width / _labels.Width;
    }

    /// <inheritdoc/>
    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        byte[] row = [];
        var loaded = -1L;
        for (var j = 0; j < height; j++)
        {
            var line = labels.Slice(j * width, width);
            var from = (long)Math.Floor((y + j + 0.5) * downsample / _downsample);
            if (from < 0 || from >= _labels.Height)
            {
                line.Fill(ClassMap.Ignore);
                continue;
            }
            if (from != loaded)
                (row, loaded) = (_labels.ReadRows((int)from, 1), from);
            for (var i = 0; i < width; i++)
            {
                var at = (long)Math.Floor((x + i + 0.5) * downsample / _downsample);
                line[i] = at >= 0 && at < row.Length ? row[at] : ClassMap.Ignore;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _labels.Dispose();
}
