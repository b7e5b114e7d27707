using System.Runtime.InteropServices;

namespace Histoseg.Slides.Regions;

/// <summary>Finds the connected regions of equal labels in a map that comes row by row.</summary>
/// <remarks>Two rows of runs are held, with the regions in them. Regions that ended are left to their user to hold or let go.</remarks>
/// <typeparam name="TData">What is gathered of each region beside its label, area and last row.</typeparam>
/// <param name="byCorners">Whether pixels that touch at a corner only are connected (8 neighbours rather than 4).</param>
/// <param name="seeks">Which labels have regions.</param>
internal sealed class RegionFinder<TData>(bool byCorners, Func<int, bool> seeks)
    where TData : struct, IRegionData<TData>
{
    private readonly int _reach = byCorners ? 1 : 0;
    private List<RegionRun<TData>> _above = [], _runs = [];
    private long _begun;

    /// <summary>The number of the last row, from 0; -1 before the first.</summary>
    public long Row { get; private set; } = -1;

    /// <summary>The runs of the last row, from left to right. Valid until the next row is added.</summary>
    public ReadOnlySpan<RegionRun<TData>> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>The runs of the row above the last; none above the first. Valid until the next row is added.</summary>
    public ReadOnlySpan<RegionRun<TData>> Above => CollectionsMarshal.AsSpan(_above);

    /// <summary>Takes the next row as labels.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        var above = BeginRow();
        for (var x = 0; x < row.Length;)
        {
            var end = LabelRun.EndOf(row, x);
            above = Connect(x, end, row[x], above);
            x = end;
        }
    }

    /// <summary>Takes the next row as runs that cover it.</summary>
    public void Add(ReadOnlySpan<LabelRun> row)
    {
        var above = BeginRow();
        foreach (var run in row)
            above = Connect(run.Start, run.End, run.Label, above);
    }

    /// <summary>Takes another row equal to the last: no region begins, ends or is joined. <see cref="Above"/> stays as it is.</summary>
    public void Repeat()
    {
        Row++;
        foreach (var run in Runs)
            if (run.Region is { } region)
                Extend(region.Root(), run.End - run.Start);
    }

    /// <summary>
    /// Hands on the regions of the row above that the last row did not reach, from left to right. After the last row of the map, an empty row
    /// ends all regions.
    /// </summary>
    public void TakeEnded(Action<ConnectedRegion<TData>> take)
    {
        foreach (var run in Above)
        {
            if (run.Region?.Root() is not { HasEnded: false } region || region.LastRow == Row)
                continue;
            region.HasEnded = true;
            take(region);
        }
    }

    // Returns the runs above it.
    private ReadOnlySpan<RegionRun<TData>> BeginRow()
    {
        Row++;
        (_above, _runs) = (_runs, _above);
        _runs.Clear();
        return Above;
    }

    // Of the runs above, takes and returns those that do not end too far left for this run, and so for those after it.
    private ReadOnlySpan<RegionRun<TData>> Connect(int start, int end, int label, ReadOnlySpan<RegionRun<TData>> above)
    {
        ConnectedRegion<TData>? region = null;
        if (seeks(label))
        {
            var first = 0;
            while (first < above.Length && above[first].End + _reach <= start)
                first++;
            above = above[first..];
            foreach (ref readonly var run in above)
            {
                if (run.Start >= end + _reach)
                    break;
                if (run.Label == label)
                    region = region is null ? run.Region!.Root() : ConnectedRegion<TData>.Join(region, run.Region!);
            }
            region ??= new(_begun++, label);
            Extend(region, end - start);
        }
        _runs.Add(new(start, end, label, region));
        return above;
    }

    private void Extend(ConnectedRegion<TData> root, int pixels)
    {
        root.Area += pixels;
        root.LastRow = Row;
    }
}
