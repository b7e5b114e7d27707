using Histoseg.Engine.Backends.Cuda;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Blends on the GPU that segments: only finished rows of bytes come back, several posts behind what is computed.</summary>
internal sealed class DeviceBlending : ITileBlending
{
    private readonly SlideView _view;
    private readonly PatchSegmenter _segmenter;
    private readonly TileAxis _rows;
    private readonly RowSinks _sinks;
    private readonly CudaBlender _blender;
    private int _next;

    public DeviceBlending(SlideView view, PatchSegmenter segmenter, TileAxis columns, TileAxis rows, RowSinks sinks)
    {
        (_view, _segmenter, _rows, _sinks) = (view, segmenter, rows, sinks);
        _blender = segmenter.CreateBlender(view.Width, columns.Weights, rows.Weights);
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
        while (end == _view.Height && _blender.Pending > 0)
            Collect();
    }

    private void Hold(int y, int row) => PeakRows = Math.Max(PeakRows, y + _rows.Weights[row].Length - _next);

    private void Collect()
    {
        var rows = _blender.Collect();
        if (rows.HasNaN)
            throw SlideSegmentation.NoNumbers(_view);
        UnreadablePixels += rows.Unseen;
        _sinks.Write(rows.Labels, rows.Foreground);
    }

    public void Dispose() => _blender.Dispose();
}
