using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments batches of a slide's patches, blends them where the network runs, in a band as high as one patch, and hands out finished rows.</summary>
/// <remarks>
/// Where the network runs beside the processor, rows are handed out several posts behind what is computed, and a thread of their own writes them.
/// </remarks>
internal sealed class TileBlending : IDisposable
{
    private readonly SlideView _view;
    private readonly IPatchSegmenter _segmenter;
    private readonly TileAxis _rows;
    private readonly RowSinks _sinks;
    private readonly RowWriter? _writer;
    private readonly Blender _blender;
    private readonly byte[] _turned;
    private int _next;

    public TileBlending(SlideView view, IPatchSegmenter segmenter, TileAxis columns, TileAxis rows, RowSinks sinks, bool averagesTurns)
    {
        (_view, _segmenter, _rows, _sinks) = (view, segmenter, rows, sinks);
        _blender = segmenter.CreateBlender(new BlendLayout(view.Width, columns.Weights, rows.Weights, averagesTurns, GivesShares: sinks.Shares.Count > 0));
        _writer = segmenter.RunsAsynchronously
            ? new RowWriter(sinks, checked(_blender.RowsPerPost * view.Width), sinks.Shares.Count > 0 ? segmenter.Classes : 0) : null;
        _turned = averagesTurns ? new byte[checked(segmenter.BatchSize * segmenter.PatchSize * segmenter.PatchSize * 3)] : [];
    }

    /// <summary>The most rows that held something at once.</summary>
    public int PeakRows { get; private set; }

    /// <summary>Pixels handed out so far that no readable patch covers.</summary>
    public long UnreadablePixels { get; private set; }

    /// <summary>What handing rows to the sinks took; where a thread of their own writes them, what was waited for it.</summary>
    public TimeSpan Writing { get; private set; }

    /// <summary>Segments patches; <see cref="Add"/> takes them by their place in the batch.</summary>
    /// <param name="rgb">count × P × P × 3 bytes.</param>
    /// <param name="count">Patches.</param>
    public void Segment(ReadOnlySpan<byte> rgb, int count)
    {
        if (_turned.Length == 0)
        {
            _segmenter.Run(rgb, count);
            return;
        }
        var patch = rgb.Length / count;
        for (var turn = 0; turn < SquareTurn.Count; turn++)
        {
            for (var n = 0; n < count; n++)
                TurnedPatch.Write(turn, _segmenter.PatchSize, rgb.Slice(n * patch, patch), _turned.AsSpan(n * patch, patch));
            _segmenter.Run(_turned.AsSpan(0, rgb.Length), count);
            _blender.TakeTurn(turn, count);
        }
    }

    /// <summary>Adds a patch of the batch segmented last, its corner at (<paramref name="x"/>, <paramref name="y"/>).</summary>
    public void Add(int slot, int x, int y, int column, int row)
    {
        Hold(y, row);
        _blender.Add(slot, x, y, column, row);
    }

    /// <summary>Adds a patch that is background everywhere.</summary>
    public void AddBackground(int x, int y, int column, int row)
    {
        Hold(y, row);
        _blender.AddBackground(x, y, column, row);
    }

    /// <summary>
    /// Tells that no later patch reaches above row <paramref name="end"/>: rows up to there may be handed out, and all are once it is the slide's height.
    /// </summary>
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
        // What is decided at once is handed on at once.
        while (_blender.Pending > 0 && (_writer is null || end == _view.Height))
            Collect();
        var began = Stopwatch.GetTimestamp();
        if (end == _view.Height)
            _writer?.Finish();
        Writing += Stopwatch.GetElapsedTime(began);
    }

    private void Hold(int y, int row) => PeakRows = Math.Max(PeakRows, y + _rows.Weights[row].Length - _next);

    private void Collect()
    {
        var rows = _blender.Collect();
        if (rows.HasNaN)
            throw new SlideError($"{_view.Slide.Path}: the network's answers are not numbers (NaN); the model is damaged or its training diverged");
        UnreadablePixels += rows.Unseen;
        var began = Stopwatch.GetTimestamp();
        if (_writer is null)
            _sinks.Write(rows.Labels, rows.Foreground, rows.Shares);
        else
            _writer.Write(rows.Labels, rows.Foreground, rows.Shares);
        Writing += Stopwatch.GetElapsedTime(began);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _blender.Dispose();
    }
}
