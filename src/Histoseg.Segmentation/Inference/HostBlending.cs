using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Inference;

/// <summary>Blends on the processor whatever a segmenter answers.</summary>
internal sealed class HostBlending : ITileBlending
{
    private const int RowsPerWrite = 64;
    private readonly SlideView _view;
    private readonly IPatchSegmenter _segmenter;
    private readonly TileAxis _rows;
    private readonly RowSinks _sinks;
    private readonly BandAccumulator _band;
    private readonly float[] _probabilities;
    private readonly byte[] _labels, _foreground;
    private readonly int _patch;
    private int _next;

    public HostBlending(SlideView view, IPatchSegmenter segmenter, TileAxis columns, TileAxis rows, RowSinks sinks)
    {
        (_view, _segmenter, _rows, _sinks) = (view, segmenter, rows, sinks);
        _band = new BandAccumulator(view.Width, segmenter.Classes, segmenter.PatchSize, columns);
        _patch = segmenter.PatchSize * segmenter.PatchSize * segmenter.Classes;
        _probabilities = new float[checked(segmenter.BatchSize * _patch)];
        _labels = new byte[checked(RowsPerWrite * view.Width)];
        _foreground = new byte[sinks.Foreground.Count == 0 ? 0 : _labels.Length];
    }

    public int PeakRows => _band.PeakRows;

    public long UnreadablePixels { get; private set; }

    public void Segment(ReadOnlySpan<byte> rgb, int count) => _segmenter.Segment(rgb, count, _probabilities.AsSpan(0, count * _patch));

    public void Add(int slot, int x, int y, int column, int row) =>
        _band.Add(x, y, column, _rows.Weights[row], _segmenter.PatchSize, _probabilities.AsSpan(slot * _patch, _patch));

    public void AddBackground(int x, int y, int column, int row) => _band.AddBackground(x, y, column, _rows.Weights[row]);

    public void FinishRows(int end)
    {
        while (_next < end)
        {
            var count = Math.Min(RowsPerWrite, end - _next);
            for (var j = 0; j < count; j++)
                Decide(_band.Sums(_next + j), j * _view.Width);
            var pixels = count * _view.Width;
            _sinks.Write(_labels.AsSpan(0, pixels), _foreground.AsSpan(0, Math.Min(pixels, _foreground.Length)));
            _next += count;
            _band.Release(_next);
        }
    }

    private void Decide(ReadOnlySpan<float> sums, int at)
    {
        var classes = _segmenter.Classes;
        for (var x = 0; x < _view.Width; x++)
        {
            var pixel = sums.Slice(x * classes, classes);
            var best = 0;
            var weight = pixel[0];
            for (var c = 1; c < classes; c++)
            {
                weight += pixel[c];
                if (pixel[c] > pixel[best])
                    best = c;
            }
            if (float.IsNaN(weight))
                throw SlideSegmentation.NoNumbers(_view);
            var seen = weight > 0;
            _labels[at + x] = seen ? (byte)best : ClassMap.Ignore;
            if (!seen)
                UnreadablePixels++;
            if (_foreground.Length > 0)
                _foreground[at + x] = seen ? (byte)(255 * Math.Clamp(1 - pixel[0] / weight, 0, 1) + 0.5f) : (byte)0;
        }
    }

    public void Dispose() { }
}
