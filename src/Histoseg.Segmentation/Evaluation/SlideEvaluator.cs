using Histoseg.Segmentation.Evaluation.Objects;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Scores a slide's label map as it comes, row by row: put it among the sinks of an inference, or feed it from a file.</summary>
internal sealed class SlideEvaluator : ILabelRows
{
    /// <summary>The paper's border between small and large regions, in pixels of the label map.</summary>
    public const long PaperSizeLimit = 50_000;

    private const int RowsPerBand = 64;
    private readonly ILabelSource _truth;
    private readonly int _width, _height;
    private readonly double _downsample;
    private readonly byte[] _band;
    private readonly ConfusionMatrix _confusion;
    private readonly RegionScorer _regions;
    private readonly ObjectScorer? _objects;
    private readonly PatchErrors? _patches;
    private int _row;

    /// <summary>Prepares scoring.</summary>
    /// <param name="truth">The annotation.</param>
    /// <param name="width">Width of the label map in pixels.</param>
    /// <param name="height">Height of the label map in pixels.</param>
    /// <param name="downsample">Level-0 pixels per pixel of the label map.</param>
    /// <param name="classes">Number of classes, background included.</param>
    /// <param name="sizeLimit">Regions with fewer pixels of the label map are XS, the others XL.</param>
    /// <param name="objects">Fresh, and of as many classes: scores the objects too; null: they are not asked for.</param>
    /// <param name="patchSize">Side of the squares of which the worst are told, pixels of the label map; null: they are not asked for.</param>
    public SlideEvaluator(ILabelSource truth, int width, int height, double downsample, int classes, long sizeLimit = PaperSizeLimit,
        ObjectScorer? objects = null, int? patchSize = null)
    {
        _patches = patchSize is { } side ? new(width, side, downsample) : null;
        (_truth, _width, _height, _downsample, _objects) = (truth, width, height, downsample, objects);
        _band = new byte[checked(RowsPerBand * width)];
        _confusion = new(classes);
        _regions = new(classes, sizeLimit);
    }

    /// <summary>The scores; null before <see cref="Complete"/>.</summary>
    public SlideScores? Scores { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="Histoseg.Slides.SlideError">A label is neither a class nor 255.</exception>
    public void Write(ReadOnlySpan<byte> rows)
    {
        if (rows.Length % _width != 0 || _row + rows.Length / _width > _height)
            throw new ArgumentException($"{rows.Length} labels are not rows of {_width} that fit in the {_height - _row} rows left", nameof(rows));
        while (!rows.IsEmpty)
        {
            var count = Math.Min(RowsPerBand, rows.Length / _width);
            var truth = _band.AsSpan(0, count * _width);
            _truth.Paint(0, _row, _width, count, _downsample, truth);
            _confusion.Add(truth, rows[..truth.Length]);
            for (var j = 0; j < count; j++)
            {
                _regions.Add(truth.Slice(j * _width, _width), rows.Slice(j * _width, _width));
                _objects?.Add(truth.Slice(j * _width, _width), rows.Slice(j * _width, _width));
                _patches?.Add(truth.Slice(j * _width, _width), rows.Slice(j * _width, _width));
            }
            _row += count;
            rows = rows[truth.Length..];
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        if (_row != _height)
            throw new InvalidOperationException($"{_row} of {_height} rows were written");
        Scores = new(_confusion, _regions.Scores(), _objects?.Scores(), _patches?.Worst());
    }

    /// <summary>Does nothing: there is no file.</summary>
    public void Dispose() { }
}
