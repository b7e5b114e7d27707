using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Tests.Fakes;

/// <summary>A slide of one level and its truth, both computed from level-0 coordinates; keeps no state, so any number of threads may read.</summary>
internal sealed class PaintedSlide(int width, int height, Func<double, double, byte> label, Func<int, int, (byte R, byte G, byte B)> colour)
    : ISlide, ILabelSource
{
    public string Path => "painted";

    public IReadOnlyList<SlideLevel> Levels { get; } = [new(width, height, 1)];

    public double? MicronsPerPixel => 1;

    public ScaleSource ScaleSource => ScaleSource.Properties;

    /// <summary>Reads that touch this column report a corrupt tile.</summary>
    public int CorruptColumn { get; init; } = -1;

    public bool ReadRegion(int level, long x, long y, int columns, int rows, Span<byte> rgb)
    {
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                var (column, row) = ((int)x + i, (int)y + j);
                var outside = column < 0 || row < 0 || column >= width || row >= height;
                var (r, g, b) = outside ? ((byte)255, (byte)255, (byte)255) : colour(column, row);
                (rgb[(j * columns + i) * 3], rgb[(j * columns + i) * 3 + 1], rgb[(j * columns + i) * 3 + 2]) = (r, g, b);
            }
        return CorruptColumn < x || CorruptColumn >= x + columns;
    }

    public void Paint(int x, int y, int columns, int rows, double downsample, Span<byte> labels)
    {
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                var (column, row) = ((x + i + 0.5) * downsample, (y + j + 0.5) * downsample);
                var outside = column < 0 || row < 0 || column >= width || row >= height;
                labels[j * columns + i] = outside ? ClassMap.Ignore : label(column, row);
            }
    }

    public void Dispose() { }
}
