using Histoseg.Engine.Backends.Cuda;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Blends on the GPU that segments: only finished rows of bytes come back, several posts behind what is computed, and a thread of their own writes them.</summary>
internal sealed class DeviceBlending : ITileBlending
{
    private const int Posts = 24; // a few rows of patches: collecting the oldest does not wait for what is being computed
    private readonly SlideView _view;
    private readonly PatchSegmenter _segmenter;
    private readonly TileAxis _rows;
    private readonly RowWriter _writer;
    private readonly CudaBlender _blender;
    private int _next;

    public DeviceBlending(SlideView view, PatchSegmenter segmenter, TileAxis columns, TileAxis rows, RowSinks sinks)
    {
        (_view, _segmenter, _rows) = (view, segmenter, rows);
        _blender = segmenter.CreateBlender(view.Width, columns.Weights, rows.Weights, Posts);
        _writer = new RowWriter(sinks, checked(_blender.RowsPerPost * view.Width));
    }

    public int PeakRows { get; private set; }

    public long UnreadablePixels { get; private set; }

    public void Segment(ReadOnlySpan<byte> rgb, int count) => _segmenter.Run(rgb, count);

    public void Add(int slot, int x, int y, int column, int row)
    {
        Hold(y, row);
        _blender.Add(slot, x, y, column, row);
    }

    public void AddBackground(int x, int y, int column, int row)
    {
        Hold(y, row);
        _blender.AddBackground(x, y, column, row);
    }

    public void FinishRows(int end)
    {
        while (_next < end)
        {
            if (_blender.Pending == _blender.Posts)
                Collect();
            var count = Math.Min(_blender.RowsPerPost, end - _next);
            _blender.Post(_next, count);
            _next += count;
        }
        if (end < _view.Height)
            return;
        while (_blender.Pending > 0)
            Collect();
        _writer.Finish();
    }

    private void Hold(int y, int row) => PeakRows = Math.Max(PeakRows, y + _rows.Weights[row].Length - _next);

    private void Collect()
    {
        var rows = _blender.Collect();
        if (rows.HasNaN)
            throw SlideSegmentation.NoNumbers(_view);
        UnreadablePixels += rows.Unseen;
        _writer.Write(rows.Labels, rows.Foreground);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _blender.Dispose();
    }
}
