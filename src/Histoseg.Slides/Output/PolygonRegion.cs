namespace Histoseg.Slides.Output;

/// <summary>A connected region while its rows come in; regions that turn out to be one are merged (union-find).</summary>
internal sealed class PolygonRegion(byte label)
{
    private PolygonRegion? _parent;

    public byte Label { get; } = label;

    /// <summary>Pixels so far.</summary>
    public long Area { get; set; }

    /// <summary>The row in which the region was last seen.</summary>
    public long LastRow { get; set; }

    /// <summary>Whether the region was handed on.</summary>
    public bool Finished { get; set; }

    /// <summary>The closed outlines so far.</summary>
    public List<PolygonChain> Rings { get; private set; } = [];

    /// <summary>The region this one is part of by now.</summary>
    public PolygonRegion Root()
    {
        var root = this;
        while (root._parent is { } parent)
            root = parent;
        for (var region = this; region._parent is { } parent; region = parent)
            region._parent = root;
        return root;
    }

    /// <summary>Makes two regions one.</summary>
    public static PolygonRegion Merge(PolygonRegion a, PolygonRegion b)
    {
        (a, b) = (a.Root(), b.Root());
        if (a == b)
            return a;
        if (a.Rings.Count < b.Rings.Count)
            (a, b) = (b, a);
        a.Rings.AddRange(b.Rings);
        a.Area += b.Area;
        b.Rings = [];
        b._parent = a;
        return a;
    }
}
