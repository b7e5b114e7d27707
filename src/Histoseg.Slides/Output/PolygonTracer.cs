namespace Histoseg.Slides.Output;

/// <summary>Follows the outlines of a label map's regions along pixel edges, row by row, and hands on each region once its last row is in.</summary>
/// <remarks>
/// Regions are 4-connected; labels 0 and 255 have none. Between two pixel rows only the vertices matter at which a run of equal labels begins or ends; chains of corners wait there in slots by column until the next row continues them.
/// Where two pixels of a class touch at a corner only, each chain keeps to its own pixel, since whether the two are one region shows only later; <see cref="PolygonRings"/> parts rings that pass such a corner twice.
/// </remarks>
internal sealed class PolygonTracer
{
    private readonly record struct Run(int Start, byte Label, PolygonRegion? Region);

    private readonly int _width;
    private readonly Action<PolygonRegion> _finished;
    private readonly byte[] _blank;

    // By column: chains that end (going down, on the right of a run) or begin (going up, on its left) at the row's lower edge.
    private readonly ChainEnd?[] _tails;
    private readonly ChainEnd?[] _heads;

    private readonly byte[] _previous;
    private List<Run> _above = [new(0, 0, null)];
    private List<Run> _below = [];
    private ChainEnd? _tailGoingRight;
    private ChainEnd? _headFromRight;
    private int _y;

    public PolygonTracer(int width, Action<PolygonRegion> finished)
    {
        (_width, _finished) = (width, finished);
        (_blank, _previous) = (new byte[width], new byte[width]);
        (_tails, _heads) = (new ChainEnd?[width + 1], new ChainEnd?[width + 1]);
    }

    /// <summary>Takes the next row of labels.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        if (row.SequenceEqual(_previous))
        {
            // Every outline goes straight on.
            for (var i = 0; i < _above.Count; i++)
                if (_above[i].Region is { } region)
                    region.Root().Area += EndOf(_above, i) - _above[i].Start;
        }
        else
        {
            FindRuns(row);
            TurnCorners();
            FinishRegions();
            (_above, _below) = (_below, _above);
            row.CopyTo(_previous);
        }
        _y++;
    }

    /// <summary>Ends the picture; all regions are handed on after this.</summary>
    public void Complete() => Add(_blank);

    private int EndOf(List<Run> runs, int i) => i + 1 < runs.Count ? runs[i + 1].Start : _width;

    private void FindRuns(ReadOnlySpan<byte> row)
    {
        _below.Clear();
        var above = 0;
        for (var start = 0; start < _width;)
        {
            var value = row[start];
            var length = row[start..].IndexOfAnyExcept(value);
            var end = length < 0 ? _width : start + length;
            var label = value == byte.MaxValue ? (byte)0 : value;
            PolygonRegion? region = null;
            if (label != 0)
            {
                while (EndOf(_above, above) <= start)
                    above++;
                for (var i = above; i < _above.Count && _above[i].Start < end; i++)
                    if (_above[i].Label == label)
                        region = region is null ? _above[i].Region!.Root() : PolygonRegion.Merge(region, _above[i].Region!);
                region ??= new PolygonRegion(label);
                region.Area += end - start;
                region.LastRow = _y;
            }
            _below.Add(new Run(start, label, region));
            start = end;
        }
    }

    private void TurnCorners()
    {
        var (i, j) = (0, 0);
        var (a, c) = (default(Run), default(Run));
        while (i < _above.Count || j < _below.Count)
        {
            var x = Math.Min(i < _above.Count ? _above[i].Start : _width, j < _below.Count ? _below[j].Start : _width);
            var b = i < _above.Count && _above[i].Start == x ? _above[i++] : a;
            var d = j < _below.Count && _below[j].Start == x ? _below[j++] : c;
            TurnAt(x, a, b, c, d);
            (a, c) = (b, d);
        }
        TurnAt(_width, a, default, c, default);
    }

    // The pixels around the vertex (x, _y): a b above, c d below.
    private void TurnAt(int x, Run a, Run b, Run c, Run d)
    {
        // Straight down, or nothing here.
        if (a.Label == c.Label && b.Label == d.Label)
            return;
        var (fromAbove, toAbove, fromLeft, toLeft) = (_tails[x], _heads[x], _tailGoingRight, _headFromRight);
        (_tails[x], _heads[x]) = (null, null);
        // Anticlockwise around the vertex. A chain comes in between pixels k-1 and k, keeps its region (pixels k … m) on its right, and leaves between m and m+1.
        ReadOnlySpan<byte> around = [a.Label, c.Label, d.Label, b.Label];
        for (var k = 0; k < 4; k++)
        {
            if (around[k] == 0 || around[k] == around[(k + 3) & 3])
                continue;
            var m = k;
            while (around[m & 3] == around[(m + 1) & 3])
                m++;
            var isCorner = m != k + 1;
            var tail = k switch { 0 => fromAbove, 1 => fromLeft, _ => null };
            var head = (m & 3) switch { 0 => toLeft, 3 => toAbove, _ => null };
            var chain = Continue(tail, head, isCorner, x, (k == 0 || (m & 3) == 0 ? a : b).Region);
            if (m == k && around[(k + 2) & 3] == around[k])
                chain.Touch();
            if (k == 2)
                _heads[x] = chain.Head;
            else if (k == 3)
                _headFromRight = chain.Head;
            if ((m & 3) == 1)
                _tails[x] = chain.Tail;
            else if ((m & 3) == 2)
                _tailGoingRight = chain.Tail;
        }
    }

    // Joins a chain that ends here to one that begins here; null means that it comes from the row below or from the right. A chain joined to itself is a ring of the region.
    private PolygonChain Continue(ChainEnd? tail, ChainEnd? head, bool isCorner, int x, PolygonRegion? region)
    {
        if (tail is null && head is null)
            return new PolygonChain(x, _y);
        if (tail is null)
        {
            if (isCorner)
                head!.Chain.Prepend(x, _y);
            return head!.Chain;
        }
        var chain = tail.Chain;
        if (isCorner)
            chain.Append(x, _y);
        if (head is null)
            return chain;
        if (head.Chain == chain)
            region!.Root().Rings.Add(chain);
        else
            chain.Join(head.Chain);
        return chain;
    }

    private void FinishRegions()
    {
        foreach (var run in _above)
        {
            if (run.Region?.Root() is not { Finished: false } region || region.LastRow == _y)
                continue;
            region.Finished = true;
            _finished(region);
        }
    }
}
