using System.Runtime.InteropServices;

namespace Histoseg.Segmentation.CleanUp;

/// <summary>Takes a row of runs.</summary>
internal delegate void RunRows(ReadOnlySpan<MapRun> row);

/// <summary>Replaces small connected regions of a label map that comes row by row, and hands the rows on in order as soon as every region in them is decided.</summary>
/// <remarks>
/// A region is decided when a row came that it does not reach, or when it has as many pixels as the rule's limit. One that is not has a
/// pixel in every row from the first one held to the last, and fewer than the limit: so fewer rows than the limit are held, however high
/// the map is, each as its runs. Only an upright line one pixel wide comes near; a region as broad as high holds the square root.
/// </remarks>
internal sealed class RegionPass(int width, RegionRule rule, RunRows next)
{
    private readonly record struct HeldRun(int Start, int End, int Label, PendingRegion? Region);

    private readonly Queue<List<HeldRun>> _held = [];
    private readonly Stack<List<HeldRun>> _free = [];
    private readonly List<MapRun> _out = [];
    private List<HeldRun> _above = [];
    private int _decided; // runs of the first row held that need not be looked at again
    private long _row = -1;
    private bool _ended;

    /// <summary>Rows that wait.</summary>
    public int HeldRows => _held.Count;

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<MapRun> row)
    {
        _row++;
        var runs = _free.TryPop(out var list) ? list : [];
        Connect(row, runs);
        if (rule.Small is null)
            CountBorders(runs);
        if (_held.Count == 0) // the row above was handed on, and only kept for this one
            Free(_above);
        _above = runs;
        _held.Enqueue(runs);
        HandOn();
    }

    /// <summary>Ends the map: every region is decided, all rows are handed on.</summary>
    public void Complete()
    {
        foreach (var run in _above)
            if (run.Region is { } region)
                region.Root().AtEdge = true;
        _ended = true;
        HandOn();
    }

    private void Connect(ReadOnlySpan<MapRun> row, List<HeldRun> runs)
    {
        var above = CollectionsMarshal.AsSpan(_above);
        var reach = rule.ByCorners ? 1 : 0;
        var first = 0; // of the runs above: all before it end too far left for this run and those after it
        foreach (var run in row)
        {
            PendingRegion? region = null;
            if (rule.Seeks(run.Label))
            {
                while (first < above.Length && above[first].End + reach <= run.Start)
                    first++;
                for (var i = first; i < above.Length && above[i].Start < run.End + reach; i++)
                    if (above[i].Label == run.Label)
                        region = region is null ? above[i].Region!.Root() : PendingRegion.Join(region, above[i].Region!);
                region ??= new();
                region.Area += run.End - run.Start;
                region.LastRow = _row;
                region.AtEdge |= run.Start == 0 || run.End == width || _row == 0;
            }
            runs.Add(new(run.Start, run.End, run.Label, region));
        }
    }

    private void CountBorders(List<HeldRun> runs)
    {
        for (var i = 1; i < runs.Count; i++)
            Border(runs[i - 1], runs[i], 1);
        var above = 0;
        foreach (var run in runs)
        {
            while (above < _above.Count && _above[above].End <= run.Start)
                above++;
            for (var i = above; i < _above.Count && _above[i].Start < run.End; i++)
                if (_above[i].Label != run.Label)
                    Border(_above[i], run, Math.Min(_above[i].End, run.End) - Math.Max(_above[i].Start, run.Start));
        }
    }

    private static void Border(HeldRun a, HeldRun b, int length)
    {
        a.Region?.Root().AddBorder(b.Label, length);
        b.Region?.Root().AddBorder(a.Label, length);
    }

    private void HandOn()
    {
        while (_held.TryPeek(out var runs))
        {
            for (; _decided < runs.Count; _decided++)
                if (runs[_decided].Region is { } region && !IsDecided(region.Root()))
                    return;
            _held.Dequeue();
            _decided = 0;
            _out.Clear();
            foreach (var run in runs)
            {
                var label = run.Region is { } region ? Becomes(region.Root(), run.Label) : run.Label;
                if (_out is [.., var last] && last.Label == label)
                    _out[^1] = last with { End = run.End };
                else
                    _out.Add(new(run.Start, run.End, label));
            }
            if (runs != _above)
                Free(runs);
            next(CollectionsMarshal.AsSpan(_out));
        }
    }

    private bool IsDecided(PendingRegion region) => _ended || region.LastRow < _row || region.Area >= rule.Limit || Stays(region);

    private bool Stays(PendingRegion region) => rule.OnlyEnclosed && (region.AtEdge || region.AtUnreadable);

    private int Becomes(PendingRegion region, int label) =>
        Stays(region) ? label
        : region.Area >= rule.Limit ? rule.Large ?? label
        : rule.Small ?? region.Surrounding();

    private void Free(List<HeldRun> runs)
    {
        runs.Clear();
        _free.Push(runs);
    }
}
