using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>Follows the outlines of a label map's regions along pixel edges, row by row, and hands on each region once its last row is in.</summary>
/// <remarks>
/// Regions are 4-connected; labels 0 and 255 have none. Between two pixel rows only the vertices matter at which a run of equal labels begins or ends;
/// chains of corners wait there in slots by column until the next row continues them. Where two pixels of a class touch at a corner only, each chain keeps
/// to its own pixel, since whether the two are one region shows only later; <see cref="PolygonRings"/> parts rings that pass such a corner twice.
/// </remarks>
internal sealed class PolygonTracer
{
    private readonly int _width;
    private readonly Action<ConnectedRegion<PolygonOutlines>> _finished;
    private readonly int _leastHole;
    private readonly RegionFinder<PolygonOutlines> _regions = new(byCorners: false, label => label != 0);
    private readonly byte[] _blank;

    // By column: chains that end (going down, on the right of a run) or begin (going up, on its left) at the row's upper edge, then at its lower one.
    private readonly ChainEnd?[] _tails;
    private readonly ChainEnd?[] _heads;

    private byte[] _previous;
    private byte[] _labels;
    private ChainEnd? _tailGoingRight;
    private ChainEnd? _headFromRight;

    /// <summary>Prepares tracing.</summary>
    /// <param name="width">Width of the map in pixels.</param>
    /// <param name="finished">Takes each region once its last row is in.</param>
    /// <param name="leastHole">Outlines of holes of fewer pixels are let go as soon as they close.</param>
    public PolygonTracer(int width, Action<ConnectedRegion<PolygonOutlines>> finished, int leastHole = 0)
    {
        (_width, _finished, _leastHole) = (width, finished, leastHole);
        (_blank, _previous, _labels) = (new byte[width], new byte[width], new byte[width]);
        (_tails, _heads) = (new ChainEnd?[width + 1], new ChainEnd?[width + 1]);
    }

    /// <summary>Outlines of holes that were let go.</summary>
    public int HolesLeftOut { get; private set; }

    /// <summary>Takes the next row of labels.</summary>
    /// <param name="row">The labels.</param>
    /// <param name="foreground">The same row of the heat map, which regions add up; empty: there is none.</param>
    public void Add(ReadOnlySpan<byte> row, ReadOnlySpan<byte> foreground = default)
    {
        row.Replace(_labels, ClassMap.Ignore, (byte)0);
        if (_labels.AsSpan().SequenceEqual(_previous))
        {
            // Every outline goes straight on.
            _regions.Repeat();
            AddUp(foreground);
            return;
        }
        _regions.Add(_labels);
        AddUp(foreground);
        TurnCorners();
        _regions.TakeEnded(_finished);
        (_previous, _labels) = (_labels, _previous);
    }

    private void AddUp(ReadOnlySpan<byte> foreground)
    {
        if (foreground.IsEmpty)
            return;
        foreach (var run in _regions.Runs)
            if (run.Region is { } region)
                region.Root().Data.AddForeground(foreground[run.Start..run.End]);
    }

    /// <summary>Ends the picture; all regions are handed on after this.</summary>
    public void Complete() => Add(_blank);

    private void TurnCorners()
    {
        ReadOnlySpan<RegionRun<PolygonOutlines>> above = _regions.Above, below = _regions.Runs;
        var (i, j) = (0, 0);
        var (a, c) = (default(RegionRun<PolygonOutlines>), default(RegionRun<PolygonOutlines>));
        while (i < above.Length || j < below.Length)
        {
            var x = Math.Min(i < above.Length ? above[i].Start : _width, j < below.Length ? below[j].Start : _width);
            var b = i < above.Length && above[i].Start == x ? above[i++] : a;
            var d = j < below.Length && below[j].Start == x ? below[j++] : c;
            TurnAt(x, a, b, c, d);
            (a, c) = (b, d);
        }
        TurnAt(_width, a, default, c, default);
    }

    // The pixels around a vertex of the row's upper edge: a b above, c d below.
    private void TurnAt(
        int x, in RegionRun<PolygonOutlines> a, in RegionRun<PolygonOutlines> b, in RegionRun<PolygonOutlines> c, in RegionRun<PolygonOutlines> d)
    {
        // Straight down, or nothing here.
        if (a.Label == c.Label && b.Label == d.Label)
            return;
        var (fromAbove, toAbove, fromLeft, toLeft) = (_tails[x], _heads[x], _tailGoingRight, _headFromRight);
        (_tails[x], _heads[x]) = (null, null);
        // Anticlockwise around the vertex. A chain comes in between pixels k-1 and k, keeps its region (pixels k … m) on its right, and leaves between m
        // and m+1.
        ReadOnlySpan<int> around = [a.Label, c.Label, d.Label, b.Label];
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

    // Joins a chain that ends here to one that begins here; null means that it comes from the row below or from the right. A chain joined to itself is a
    // ring of the region.
    private PolygonChain Continue(ChainEnd? tail, ChainEnd? head, bool isCorner, int x, ConnectedRegion<PolygonOutlines>? region)
    {
        var y = (int)_regions.Row;
        if (tail is null && head is null)
            return new PolygonChain(x, y);
        if (tail is null)
        {
            if (isCorner)
                head!.Chain.Prepend(x, y);
            return head!.Chain;
        }
        var chain = tail.Chain;
        if (isCorner)
            chain.Append(x, y);
        if (head is null)
            return chain;
        if (head.Chain != chain)
            chain.Join(head.Chain);
        else if (PolygonRings.Pixels(chain) is var pixels && (pixels > 0 || -pixels >= _leastHole))
            region!.Root().Data.Add(chain);
        else
            HolesLeftOut++;
        return chain;
    }
}
