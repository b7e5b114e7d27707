using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// Cuts and segments batches of a slide's patches, blends them where the network runs, in a band as high as one patch, and hands out finished rows.
/// </summary>
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
    private readonly PatchInput _input;
    private readonly bool _averagesTurns;
    private int _next;

    public TileBlending(SlideView view, IPatchSegmenter segmenter, TileAxis columns, TileAxis rows, BlockLayout blocks, RowSinks sinks,
        bool averagesTurns)
    {
        (_view, _segmenter, _rows, _sinks, _averagesTurns) = (view, segmenter, rows, sinks, averagesTurns);
        _blender = segmenter.CreateBlender(new BlendLayout(view.Width, columns.Weights, rows.Weights, averagesTurns, GivesShares: sinks.Shares.Count > 0));
        _writer = segmenter.RunsAsynchronously
            ? new RowWriter(sinks, checked(_blender.RowsPerPost * view.Width), sinks.Shares.Count > 0 ? segmenter.Classes : 0) : null;
        try
        {
            _input = segmenter.CreateInput(blocks);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The most rows that held something at once.</summary>
    public int PeakRows { get; private set; }

    /// <summary>Pixels handed out so far that no readable patch covers.</summary>
    public long UnreadablePixels { get; private set; }

    /// <summary>What handing rows to the sinks took; where a thread of their own writes them, what was waited for it.</summary>
    public TimeSpan Writing { get; private set; }

    /// <summary>Segments patches; <see cref="Add"/> takes them by their place in the batch.</summary>
    public void Segment(IReadOnlyList<PatchCut> patches)
    {
        for (var turn = 0; turn < (_averagesTurns ? SquareTurn.Count : 1); turn++)
        {
            _input.Put(patches, turn);
            _segmenter.Run(patches.Count);
            if (_averagesTurns)
                _blender.TakeTurn(turn, patches.Count);
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
        _input?.Dispose();
    }
}
