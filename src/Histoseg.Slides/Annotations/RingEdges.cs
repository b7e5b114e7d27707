namespace Histoseg.Slides.Annotations;

/// <summary>The edges of one ring, found by height: which of them cross the rows of a rectangle.</summary>
/// <remarks>
/// Immutable. An edge belongs to one cell of a pyramid of horizontal bands, the finest one at least as high as the edge is, where its upper end lies: memory
/// is linear in the edges however long they are, and a rectangle looks at those beside it alone.
/// </remarks>
internal sealed class RingEdges
{
    private const int EdgesPerCell = 16;

    // Rectangles higher than this take their row flags from the heap.
    private const int LargestOnStack = 1024;

    // An edge runs down from (X0, Y0) to (X1, Y1); horizontal edges cross no row and are left out.
    private readonly record struct Edge(double X0, double Y0, double X1, double Y1);

    private readonly Edge[] _edges; // by cell
    private readonly int[] _start; // of each cell, level after level: level l has 2^l
    private readonly int _levels;
    private readonly double _top;
    private readonly double _height;

    /// <summary>Sorts a ring's edges, in linear time.</summary>
    /// <param name="ring">At least 3 points.</param>
    public RingEdges(IReadOnlyList<SlidePoint> ring)
    {
        var edges = new List<Edge>(ring.Count);
        var p = ring[^1];
        var (left, top, right, bottom) = (p.X, p.Y, p.X, p.Y);
        foreach (var q in ring)
        {
            if (p.Y != q.Y)
                edges.Add(p.Y < q.Y ? new(p.X, p.Y, q.X, q.Y) : new(q.X, q.Y, p.X, p.Y));
            (left, top, right, bottom) = (Math.Min(left, q.X), Math.Min(top, q.Y), Math.Max(right, q.X), Math.Max(bottom, q.Y));
            p = q;
        }
        Bounds = (left, top, right, bottom);
        (_top, _height) = (top, bottom - top);
        for (_levels = 1; (long)EdgesPerCell << _levels <= edges.Count;)
            _levels++;
        _start = new int[1 << _levels];
        foreach (var edge in edges)
            _start[CellOf(edge) + 1]++;
        for (var cell = 1; cell < _start.Length; cell++)
            _start[cell] += _start[cell - 1];
        var next = _start.ToArray();
        _edges = new Edge[edges.Count];
        foreach (var edge in edges)
            _edges[next[CellOf(edge)]++] = edge;
    }

    /// <summary>The smallest upright rectangle around the ring, level-0 pixels.</summary>
    public (double Left, double Top, double Right, double Bottom) Bounds { get; }

    private int CellOf(Edge edge)
    {
        var level = 0;
        while (level + 1 < _levels && edge.Y1 - edge.Y0 <= _height / (1 << (level + 1)))
            level++;
        return (1 << level) - 1 + BandOf(edge.Y0, level);
    }

    private int BandOf(double y, int level) => (int)Math.Clamp((y - _top) / _height * (1 << level), 0, (1 << level) - 1);

    /// <summary>
    /// Turns the pixel over from which on, in each row, an odd number of crossings lies to the left: a bit for each pixel, rows of whole words. The pixels
    /// right of it up to the next turned one are inside.
    /// </summary>
    /// <param name="x">Left edge, view pixels.</param>
    /// <param name="y">Top edge, view pixels.</param>
    /// <param name="width">View pixels.</param>
    /// <param name="height">View pixels.</param>
    /// <param name="downsample">Level-0 pixels per view pixel.</param>
    /// <param name="turned">height rows of ⌈width / 64⌉ words.</param>
    /// <returns>How many edges were looked at and how many rows were crossed: the work it took.</returns>
    public long Turn(int x, int y, int width, int height, double downsample, Span<ulong> turned)
    {
        var words = (width + 63) / 64;
        var work = 0L;
        var (top, bottom) = ((y + 0.5) * downsample, (y + height - 0.5) * downsample);
        // Where edges on the left begin and end.
        var flips = height < LargestOnStack ? stackalloc byte[height + 1] : new byte[height + 1];
        flips.Clear();
        for (var level = 0; level < _levels; level++)
        {
            var (first, last) = ((1 << level) - 1, (1 << level) - 1);
            // An edge is no higher than a band, so it may begin in the one above; one more on either side for what rounding does.
            var from = _start[first + Math.Max(0, BandOf(top, level) - 2)];
            var to = _start[first + Math.Min(last, BandOf(bottom, level) + 1) + 1];
            work += to - from;
            for (var i = from; i < to; i++)
                work += Turn(_edges[i], x, y, width, height, downsample, turned, words, flips);
        }
        var flipped = 0;
        for (var row = 0; row < height; row++)
            turned[row * words] ^= (ulong)(flipped ^= flips[row]);
        return work;
    }

    private static int Turn(Edge edge, int x, int y, int width, int height, double downsample, Span<ulong> turned, int words, Span<byte> flips)
    {
        var (row, end) = (Row(edge.Y0, y, height, downsample), Row(edge.Y1, y, height, downsample));
        var (left, right) = edge.X0 < edge.X1 ? (edge.X0, edge.X1) : (edge.X1, edge.X0);
        if (row == end || Column(left, x, downsample) >= width)
            return 0;
        if (Column(right, x, downsample) <= 0)
        {
            flips[row] ^= 1;
            flips[end] ^= 1;
            return 0;
        }
        var slope = (edge.X1 - edge.X0) / (edge.Y1 - edge.Y0);
        for (var r = row; r < end; r++)
        {
            // Of a nearly level edge rounding may throw the crossing far off.
            var at = Math.Clamp(edge.X0 + ((((y + r + 0.5) * downsample) - edge.Y0) * slope), left, right);
            var column = Column(at, x, downsample);
            if (column >= width)
                continue;
            var bit = (int)Math.Max(column, 0);
            turned[(r * words) + (bit >> 6)] ^= 1UL << bit;
        }
        return end - row;
    }

    // The first row whose centre is not above y.
    private static int Row(double edgeY, int y, int height, double downsample) =>
        (int)Math.Clamp(Math.Ceiling((edgeY / downsample) - y - 0.5), 0, height);

    // The first column whose centre is not left of x.
    private static double Column(double edgeX, int x, double downsample) => Math.Ceiling((edgeX / downsample) - x - 0.5);
}
