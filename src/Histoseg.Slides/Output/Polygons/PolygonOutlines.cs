using Histoseg.Slides.Regions;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>The closed outlines of a region so far, and what the heat map has on it.</summary>
internal struct PolygonOutlines : IRegionData<PolygonOutlines>
{
    private List<PolygonChain>? _rings;

    /// <summary>The closed outlines.</summary>
    public readonly IReadOnlyList<PolygonChain> Rings => _rings ?? [];

    /// <summary>The sum of the heat map's bytes on the region.</summary>
    public long Foreground { get; private set; }

    /// <summary>Adds bytes of the heat map.</summary>
    public void AddForeground(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
            Foreground += one;
    }

    /// <summary>Takes an outline that has closed.</summary>
    public void Add(PolygonChain ring) => (_rings ??= []).Add(ring);

    /// <inheritdoc/>
    public static PolygonOutlines Join(PolygonOutlines left, PolygonOutlines right)
    {
        var (more, fewer) = (left._rings?.Count ?? 0) < (right._rings?.Count ?? 0) ? (right, left) : (left, right);
        if (fewer._rings is not null)
            more._rings!.AddRange(fewer._rings);
        more.Foreground += fewer.Foreground;
        return more;
    }
}
