using System.Runtime.InteropServices;
using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.CleanUp;

/// <summary>Takes a row of runs, of which no two neighbours have the same label.</summary>
internal delegate void RunRows(ReadOnlySpan<LabelRun> row);

/// <summary>
/// Replaces small connected regions of a label map that comes row by row, and hands the rows on in order as soon as every region in them is decided.
/// </summary>
/// <remarks>
/// A region is decided when a row came that it does not reach, or when it has as many pixels as the rule's limit. One that is not has a
/// pixel in every row from the first one held to the last, and fewer than the limit: so fewer rows than the limit are held, however high
/// the map is, each as its runs. Only an upright line one pixel wide comes near; a region as broad as high holds the square root.
/// </remarks>
internal sealed class RegionPass(RegionRule rule, RunRows next)
{
    private readonly RegionFinder<Surroundings> _regions = new(rule.ByCorners, rule.Seeks);
    private readonly Queue<List<RegionRun<Surroundings>>> _held = [];
    private readonly Stack<List<RegionRun<Surroundings>>> _free = [];
    private readonly List<LabelRun> _out = [];
    private int _decided; // runs of the first row held that need not be looked at again
    private bool _ended;

    /// <summary>Rows that wait.</summary>
    public int HeldRows => _held.Count;

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<LabelRun> row)
    {
        _regions.Add(row);
        MarkEdge(_regions.Row == 0 ? _regions.Runs : [_regions.Runs[0], _regions.Runs[^1]]);
        if (rule.Small is null)
            CountBorders();
        Hold();
        HandOn();
    }

    /// <summary>Ends the map: every region is decided, all rows are handed on.</summary>
    public void Complete()
    {
        MarkEdge(_regions.Runs);
        _ended = true;
        HandOn();
    }

    private static void MarkEdge(ReadOnlySpan<RegionRun<Surroundings>> runs)
    {
        foreach (var run in runs)
            if (run.Region is { } region)
                region.Root().Data.AtEdge = true;
    }

    private void CountBorders()
    {
        ReadOnlySpan<RegionRun<Surroundings>> above = _regions.Above, runs = _regions.Runs;
        for (var i = 1; i < runs.Length; i++)
            Border(runs[i - 1], runs[i], 1);
        var first = 0;
        foreach (var run in runs)
        {
            while (first < above.Length && above[first].End <= run.Start)
                first++;
            for (var i = first; i < above.Length && above[i].Start < run.End; i++)
                if (above[i].Label != run.Label)
                    Border(above[i], run, Math.Min(above[i].End, run.End) - Math.Max(above[i].Start, run.Start));
        }
    }

    private static void Border(in RegionRun<Surroundings> a, in RegionRun<Surroundings> b, int length)
    {
        a.Region?.Root().Data.AddBorder(b.Label, length);
        b.Region?.Root().Data.AddBorder(a.Label, length);
    }

    private void Hold()
    {
        var runs = _free.TryPop(out var list) ? list : [];
        runs.AddRange(_regions.Runs);
        _held.Enqueue(runs);
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
                var label = run.Region is { } region ? Becomes(region.Root()) : run.Label;
                if (_out is [.., var last] && last.Label == label)
                    _out[^1] = last with { End = run.End };
                else
                    _out.Add(new(run.Start, run.End, label));
            }
            runs.Clear();
            _free.Push(runs);
            next(CollectionsMarshal.AsSpan(_out));
        }
    }

    private bool IsDecided(ConnectedRegion<Surroundings> region) => _ended || region.LastRow < _regions.Row || region.Area >= rule.Limit || Stays(region);

    private bool Stays(ConnectedRegion<Surroundings> region) => rule.OnlyEnclosed && (region.Data.AtEdge || region.Data.AtUnreadable);

    private int Becomes(ConnectedRegion<Surroundings> region) =>
        Stays(region) ? region.Label
        : region.Area >= rule.Limit ? rule.Large ?? region.Label
        : rule.Small ?? region.Data.MostShared();
}
