using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Sampling;

/// <summary>Goes through one slide at a coarse scale and lists the patches that can be sampled. Rows may be scanned in any order and in parallel.</summary>
internal sealed class SlideScan
{
    private readonly DatasetSlide _slide;
    private readonly SlideView _coarse;
    private readonly int _index;
    private readonly PatchGrid _grid;
    private readonly int[] _lefts, _tops;
    private readonly List<(int Label, GridPatch Patch)>[] _found;
    private readonly Lock _maskLock = new();
    private TissueMask? _mask;
    private int _withTissue, _rowsLeft;
    private volatile SlideError? _error;

    public SlideScan(DatasetSlide slide, int index, PatchGrid grid)
    {
        (_slide, _index, _grid) = (slide, index, grid);
        var view = slide.View;
        _coarse = new SlideView(view.Slide, view.MicronsPerPixel / view.Downsample, view.MicronsPerPixel * grid.ScanStep);
        (_lefts, _tops) = (grid.Origins(view.Width), grid.Origins(view.Height));
        _found = new List<(int, GridPatch)>[_tops.Length];
        _rowsLeft = _tops.Length;
    }

    /// <summary>Rows of the grid.</summary>
    public int Rows => _tops.Length;

    /// <summary>Patches that can be sampled; known after <see cref="Gather"/>.</summary>
    public int Count { get; private set; }

    /// <summary>The patches by class, in the order of the grid; known after <see cref="Gather"/>.</summary>
    public List<GridPatch>[] ByClass { get; private set; } = [];

    /// <summary>Judges one row of the grid. What is wrong with the slide is told by <see cref="Gather"/>.</summary>
    public void Scan(int row)
    {
        try
        {
            ScanRow(row);
        }
        catch (SlideError error)
        {
            _error = error;
        }
    }

    private void ScanRow(int row)
    {
        _found[row] = [];
        var (from, to) = Points(_tops[row], _coarse.Height);
        if (to <= from) return;
        var (width, height) = (_coarse.Width, to - from);
        var mask = Mask();
        var rgb = mask is null ? new byte[width * height * 3] : [];
        var labels = new byte[width * height];
        // Unreadable parts come as white and so are no tissue.
        if (mask is null)
            _coarse.Read(0, from, width, height, rgb);
        _slide.Labels.Paint(0, from, width, height, _coarse.Downsample, labels);
        foreach (var left in _lefts) Judge(left, row, rgb, mask, labels);
        // A mask is large, and there may be hundreds of slides.
        if (Interlocked.Decrement(ref _rowsLeft) == 0)
            _mask = null;
    }

    private TissueMask? Mask()
    {
        if (_grid.Rule != TissueRule.Otsu)
            return null;
        lock (_maskLock)
            return _mask ??= TissueMask.FromSlide(_slide.View);
    }

    /// <summary>Puts the rows together.</summary>
    /// <returns>Why there is no patch to sample; null where there is one.</returns>
    public SlideError? Gather()
    {
        if (_error is not null)
            return _error;
        ByClass = [.. Enumerable.Range(0, _grid.Classes).Select(_ => new List<GridPatch>())];
        foreach (var (label, patch) in _found.SelectMany(f => f)) ByClass[label].Add(patch);
        Count = ByClass.SelectMany(c => c).Select(p => (p.X, p.Y)).Distinct().Count();
        if (_withTissue == 0)
            return new SlideError($"{_slide.Name}: no tissue found (no patch of {_grid.PatchSize} pixels has enough {(_grid.Rule == TissueRule.Otsu
                ? "coloured pixels by Otsu's threshold); lower the wanted share of tissue, take the rule 'white'"
                : $"pixels that are not white, threshold {_grid.TissueThreshold}); lower the wanted share of tissue, "
                    + "raise the threshold")} or leave the slide out");
        if (Count == 0)
            return new SlideError($"{_slide.Name}: no pixel counts (every patch with tissue is ignored or lies outside the regions of interest); "
                + "check the annotation or leave the slide out");
        return null;
    }

    // The points of the coarse view that a patch covers along one axis.
    private (int From, int To) Points(int origin, int length) =>
        (origin / _grid.ScanStep, Math.Min((origin + _grid.PatchSize + _grid.ScanStep - 1) / _grid.ScanStep, length));

    private void Judge(int left, int row, ReadOnlySpan<byte> rgb, TissueMask? mask, ReadOnlySpan<byte> labels)
    {
        var (from, to) = Points(left, _coarse.Width);
        var (top, bottom) = Points(_tops[row], _coarse.Height);
        if (to <= from) return;
        var (width, height) = (_coarse.Width, bottom - top);
        var tissue = 0;
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        for (var y = 0; y < height; y++)
            for (var x = from; x < to; x++)
            {
                if (mask is null && !Tissue.IsBackground(rgb.Slice((y * width + x) * 3, 3), _grid.TissueThreshold)) tissue++;
                counts[labels[y * width + x]]++;
            }
        if (counts[_grid.Classes..ClassMap.Ignore].IndexOfAnyExcept(0) is >= 0 and var beyond)
            throw new SlideError($"{_slide.Name}: label {beyond + _grid.Classes} found but there are only {_grid.Classes} classes; "
                + "check the mask's values or the class list");
        var share = mask is null ? tissue / ((double)(to - from) * height) : mask.Share(left, _tops[row],
            Math.Min(_grid.PatchSize, _slide.View.Width - left), Math.Min(_grid.PatchSize, _slide.View.Height - _tops[row]));
        if (share == 0 || share < _grid.MinTissue) return;
        Interlocked.Increment(ref _withTissue);
        var positive = counts[1.._grid.Classes].ContainsAnyExcept(0);
        for (var label = positive ? 1 : 0; label < (positive ? _grid.Classes : 1); label++)
        {
            if (counts[label] == 0) continue;
            // The middle one in reading order: inside the region rather than on its rim.
            var (x, y) = Find((byte)label, counts[label] / 2, from, to, height, labels);
            var step = _grid.ScanStep;
            _found[row].Add((label, new GridPatch(_index, left, _tops[row], x * step + step / 2, (y + top) * step + step / 2)));
        }
    }

    // The point at which a label is met for the time numbered `skip` (from 0).
    private (int X, int Y) Find(byte label, int skip, int from, int to, int height, ReadOnlySpan<byte> labels)
    {
        for (var y = 0; y < height; y++)
            for (var x = from; x < to; x++)
                if (labels[y * _coarse.Width + x] == label && skip-- == 0)
                    return (x, y);
        throw new InvalidOperationException("the label was counted but is not there");
    }
}
