using System.Globalization;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output;

/// <summary>Counts a label map's pixels by class and writes their areas as CSV: <c>class,pixels,area_mm2,share</c>.</summary>
/// <remarks>
/// The share is of all readable pixels, 0…1. The last row, <c>unreadable</c>, counts the pixels labelled <see cref="ClassMap.Ignore"/>; it has no share.
/// </remarks>
internal sealed class AreaCounter : ILabelRows
{
    private readonly string _path;
    private readonly IReadOnlyList<string> _classNames;
    private readonly double _micronsPerPixel;
    private readonly long[] _counts = new long[256];

    /// <summary>Begins counting.</summary>
    /// <param name="path">Where the CSV goes.</param>
    /// <param name="classNames">Class names by label.</param>
    /// <param name="micronsPerPixel">µm per pixel of the label map.</param>
    public AreaCounter(string path, IReadOnlyList<string> classNames, double micronsPerPixel)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(micronsPerPixel);
        (_path, _classNames, _micronsPerPixel) = (path, classNames, micronsPerPixel);
    }

    /// <summary>Pixels of a label so far.</summary>
    public long Pixels(byte label) => _counts[label];

    /// <summary>mm² of a label so far.</summary>
    public double SquareMillimetres(byte label) => _counts[label] * _micronsPerPixel * _micronsPerPixel / 1e6;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> rows)
    {
        while (rows.Length > 0)
        {
            // Label maps are long runs of one label.
            var length = rows.IndexOfAnyExcept(rows[0]);
            length = length < 0 ? rows.Length : length;
            _counts[rows[0]] += length;
            rows = rows[length..];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="SlideError">The file cannot be written.</exception>
    public void Complete()
    {
        var readable = Math.Max(1, _counts.Sum() - _counts[ClassMap.Ignore]);
        var text = CsvText.Of(["class", "pixels", "area_mm2", "share"],
        [
            .. _classNames.Select((name, label) =>
                new[] { name, Text(_counts[label], "0"), Text(SquareMillimetres((byte)label), "0.######"),
                Text((double)_counts[label] / readable, "0.######") }),
            ["unreadable", Text(_counts[ClassMap.Ignore], "0"), Text(SquareMillimetres(ClassMap.Ignore), "0.######"), ""],
        ]);
        WholeFile.WriteText(_path, text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
