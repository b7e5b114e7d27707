using Histoseg.Slides.Regions;

namespace Histoseg.Slides.Output;

/// <summary>The closed outlines of a region so far.</summary>
internal struct PolygonOutlines : IRegionData<PolygonOutlines>
{
    private List<PolygonChain>? _rings;

    /// <summary>The closed outlines.</summary>
    public readonly IReadOnlyList<PolygonChain> Rings => _rings ?? [];

    /// <summary>Takes an outline that has closed.</summary>
    public void Add(PolygonChain ring) => (_rings ??= []).Add(ring);

    /// <inheritdoc/>
    public static PolygonOutlines Join(PolygonOutlines left, PolygonOutlines right)
    {
        var (more, fewer) = (left._rings?.Count ?? 0) < (right._rings?.Count ?? 0) ? (right, left) : (left, right);
        if (fewer._rings is not null)
            more._rings!.AddRange(fewer._rings);
        return more;
    }
}
