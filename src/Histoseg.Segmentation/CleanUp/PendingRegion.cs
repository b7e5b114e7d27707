using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.CleanUp;

/// <summary>What is known so far of a connected region; regions that turn out to be one are joined, and <see cref="Root"/> finds the one that stands for both.</summary>
internal sealed class PendingRegion
{
    private readonly List<(int Label, long Length)> _borders = [];
    private PendingRegion? _parent;

    /// <summary>Pixels.</summary>
    public long Area { get; set; }

    /// <summary>The last row that has pixels of it.</summary>
    public long LastRow { get; set; }

    /// <summary>Whether it lies at the edge of the map.</summary>
    public bool AtEdge { get; set; }

    /// <summary>Whether it borders on pixels that could not be read.</summary>
    public bool AtUnreadable { get; private set; }

    /// <summary>The region that stands for this one.</summary>
    public PendingRegion Root()
    {
        var root = this;
        while (root._parent is { } parent)
        {
            if (parent._parent is { } above)
                root._parent = above; // halves the way for the next one
            root = parent;
        }
        return root;
    }

    /// <summary>Makes two regions one.</summary>
    /// <returns>The one that stands for both.</returns>
    public static PendingRegion Join(PendingRegion a, PendingRegion b)
    {
        (a, b) = (a.Root(), b.Root());
        if (a == b)
            return a;
        b._parent = a;
        a.Area += b.Area;
        a.LastRow = Math.Max(a.LastRow, b.LastRow);
        a.AtEdge |= b.AtEdge;
        a.AtUnreadable |= b.AtUnreadable;
        foreach (var (label, length) in b._borders)
            a.AddBorder(label, length);
        b._borders.Clear();
        return a;
    }

    /// <summary>Counts pixel edges that this root shares with pixels of another label.</summary>
    public void AddBorder(int label, long length)
    {
        if (label == ClassMap.Ignore)
        {
            AtUnreadable = true;
            return;
        }
        for (var i = 0; i < _borders.Count; i++)
            if (_borders[i].Label == label)
            {
                _borders[i] = (label, _borders[i].Length + length);
                return;
            }
        _borders.Add((label, length));
    }

    /// <summary>The label that this root shares most pixel edges with, of equals the lower; background where it borders on nothing that could be read.</summary>
    public int Surrounding()
    {
        var best = (Label: 0, Length: 0L);
        foreach (var border in _borders)
            if (border.Length > best.Length || (border.Length == best.Length && border.Label < best.Label))
                best = border;
        return best.Label;
    }
}
