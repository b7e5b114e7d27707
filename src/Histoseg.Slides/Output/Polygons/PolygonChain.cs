namespace Histoseg.Slides.Output.Polygons;

/// <summary>A corner of an outline, label pixels.</summary>
internal sealed class ChainCorner(int x, int y)
{
    public int X { get; } = x;

    public int Y { get; } = y;

    public ChainCorner? Next { get; set; }
}

/// <summary>One of the two open ends of a chain. The tracer holds ends, not chains, so that joining two chains takes no search.</summary>
internal sealed class ChainEnd(PolygonChain chain)
{
    public PolygonChain Chain { get; set; } = chain;
}

/// <summary>
/// A piece of an outline, still open at both ends or closed to a ring. It runs with its region on the right hand (down the picture), so outer rings turn
/// clockwise on the screen.
/// </summary>
internal sealed class PolygonChain
{
    private ChainCorner _last;
    private ChainEnd _tail;
    private int _touches;

    /// <summary>A chain that begins and ends at a corner.</summary>
    public PolygonChain(int x, int y)
    {
        First = _last = new ChainCorner(x, y);
        Head = new ChainEnd(this);
        _tail = new ChainEnd(this);
    }

    /// <summary>The first corner.</summary>
    public ChainCorner First { get; private set; }

    /// <summary>Where the chain begins.</summary>
    public ChainEnd Head { get; private set; }

    /// <summary>Where the chain ends.</summary>
    public ChainEnd Tail => _tail;

    /// <summary>Whether the ring may pass a corner twice.</summary>
    public bool MayTouchItself => _touches > 1;

    /// <summary>Counts a corner where a pixel of the same class lies diagonally across.</summary>
    public void Touch() => _touches++;

    public void Append(int x, int y) => _last = _last.Next = new ChainCorner(x, y);

    public void Prepend(int x, int y) => First = new ChainCorner(x, y) { Next = First };

    /// <summary>Takes over another chain, which begins where this one ends.</summary>
    public void Join(PolygonChain other)
    {
        _last.Next = other.First;
        _last = other._last;
        _tail = other._tail;
        _tail.Chain = this;
        _touches += other._touches;
    }
}
