using System.Buffers;

namespace Histoseg.Slides.Annotations;

/// <summary>Fills one region's pixels in any rectangle at any scale: scanlines through pixel centres, even-odd within each ring, holes cut out.</summary>
/// <remarks>
/// Immutable. Edges are sorted into horizontal bands, so painting a patch of a region with a very long outline touches only the edges beside the patch.
/// </remarks>
internal sealed class RegionRaster
{
    private const int EdgesPerBand = 32;

    // An edge runs down from (X0, Y0) with slope Slope = dx/dy to y = Y1; horizontal edges cross no scanline and are left out.
    private readonly record struct Edge(double Y0, double Y1, double X0, double Slope, int Ring);

    private readonly Edge[] _edges;
    private readonly int[] _bandStart;
    private readonly int[] _bandEdges;
    private readonly double _top;
    private readonly double _bandHeight;
    private readonly int _rings;

    public RegionRaster(AnnotatedRegion region)
    {
        _rings = 1 + region.Holes.Count;
        var edges = new List<Edge>(region.Ring.Count);
        AddEdges(edges, region.Ring, 0);
        for (var i = 0; i < region.Holes.Count; i++)
            AddEdges(edges, region.Holes[i], i + 1);
        _edges = [.. edges];
        Bounds = region.Bounds;
        _top = _edges.Length == 0 ? 0 : _edges.Min(e => e.Y0);
        var bottom = _edges.Length == 0 ? 1 : _edges.Max(e => e.Y1);
        var bands = Math.Max(1, _edges.Length / EdgesPerBand);
        _bandHeight = (bottom - _top) / bands;
        (_bandStart, _bandEdges) = SortIntoBands(bands);
    }

    /// <summary>The outer ring's bounds, level-0 pixels.</summary>
    public (double Left, double Top, double Right, double Bottom) Bounds { get; }

    private static void AddEdges(List<Edge> edges, IReadOnlyList<SlidePoint> ring, int index)
    {
        var p = ring[^1];
        foreach (var q in ring)
        {
            var (a, b) = p.Y <= q.Y ? (p, q) : (q, p);
            if (a.Y < b.Y)
                edges.Add(new Edge(a.Y, b.Y, a.X, (b.X - a.X) / (b.Y - a.Y), index));
            p = q;
        }
    }

    private int BandOf(double y) => (int)Math.Clamp((y - _top) / _bandHeight, 0, _bandStart.Length - 2);

    private (int[] Start, int[] Edges) SortIntoBands(int bands)
    {
        var start = new int[bands + 1];
        int Band(double y) => (int)Math.Clamp((y - _top) / _bandHeight, 0, bands - 1);
        foreach (var e in _edges)
            for (var b = Band(e.Y0); b <= Band(e.Y1); b++)
                start[b + 1]++;
        for (var b = 0; b < bands; b++)
            start[b + 1] += start[b];
        var next = start.ToArray();
        var edges = new int[start[bands]];
        for (var i = 0; i < _edges.Length; i++)
            for (var b = Band(_edges[i].Y0); b <= Band(_edges[i].Y1); b++)
                edges[next[b]++] = i;
        return (start, edges);
    }

    /// <summary>Sets the region's pixels of a rectangle to a label; parameters as in <see cref="ILabelSource.Paint"/>.</summary>
    public void Fill(int x, int y, int width, int height, double downsample, byte label, Span<byte> labels)
    {
        if (_edges.Length == 0)
            return;
        var crossings = ArrayPool<ulong>.Shared.Rent(1024);
        var rings = ArrayPool<int>.Shared.Rent(_rings > 1 ? 1024 : 1);
        try
        {
            var count = Cross(x, y, width, height, downsample, ref crossings, ref rings);
            var keys = crossings.AsSpan(0, count);
            if (_rings == 1)
            {
                keys.Sort();
                FillPairs(keys, width, label, labels);
            }
            else
            {
                keys.Sort(rings.AsSpan(0, count));
                FillWithHoles(keys, rings, width, label, labels);
            }
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(crossings);
            ArrayPool<int>.Shared.Return(rings);
        }
    }

    // Lists where edges cross the scanlines, each as row·2³² + the first column whose centre is not left of the crossing.
    private int Cross(int x, int y, int width, int height, double downsample, ref ulong[] crossings, ref int[] rings)
    {
        var count = 0;
        var first = BandOf((y + 0.5) * downsample);
        var last = BandOf((y + height - 0.5) * downsample);
        for (var band = first; band <= last; band++)
        {
            for (var k = _bandStart[band]; k < _bandStart[band + 1]; k++)
            {
                ref readonly var e = ref _edges[_bandEdges[k]];
                // An edge in several bands counts in the first of them that is looked at.
                if (band != first && BandOf(e.Y0) != band)
                    continue;
                var rowEnd = Row(e.Y1, y, height, downsample);
                for (var row = Row(e.Y0, y, height, downsample); row < rowEnd; row++)
                {
                    var crossingX = e.X0 + ((((y + row + 0.5) * downsample) - e.Y0) * e.Slope);
                    var column = Math.Ceiling((crossingX / downsample) - x - 0.5);
                    if (column >= width)
                        continue;
                    if (count == crossings.Length || (_rings > 1 && count == rings.Length))
                        Grow(ref crossings, ref rings);
                    if (_rings > 1)
                        rings[count] = e.Ring;
                    crossings[count++] = ((ulong)(uint)row << 32) | (uint)Math.Max(column, 0);
                }
            }
        }
        return count;
    }

    // The first row whose centre is not above y.
    private static int Row(double edgeY, int y, int height, double downsample) =>
        (int)Math.Clamp(Math.Ceiling((edgeY / downsample) - y - 0.5), 0, height);

    private void Grow(ref ulong[] crossings, ref int[] rings)
    {
        Grow(ref crossings);
        if (_rings > 1)
            Grow(ref rings);
    }

    private static void Grow<T>(ref T[] array)
    {
        var larger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.CopyTo(larger, 0);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    private static void FillPairs(ReadOnlySpan<ulong> keys, int width, byte label, Span<byte> labels)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            var row = (int)(keys[i] >> 32);
            var start = (int)(uint)keys[i];
            // A crossing right of the rectangle is not in the list; the span then runs to the edge.
            var end = i + 1 < keys.Length && (int)(keys[i + 1] >> 32) == row ? (int)(uint)keys[++i] : width;
            labels.Slice((row * width) + start, end - start).Fill(label);
        }
    }

    private void FillWithHoles(ReadOnlySpan<ulong> keys, int[] rings, int width, byte label, Span<byte> labels)
    {
        var inside = new bool[_rings];
        var holes = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            var row = (int)(keys[i] >> 32);
            var newRow = i == 0 || (int)(keys[i - 1] >> 32) != row;
            if (newRow)
            {
                Array.Clear(inside);
                holes = 0;
            }
            var ring = rings[i];
            inside[ring] = !inside[ring];
            if (ring > 0)
                holes += inside[ring] ? 1 : -1;
            if (!inside[0] || holes > 0)
                continue;
            var start = (int)(uint)keys[i];
            var end = i + 1 < keys.Length && (int)(keys[i + 1] >> 32) == row ? (int)(uint)keys[i + 1] : width;
            labels.Slice((row * width) + start, end - start).Fill(label);
        }
    }
}
