using NetTopologySuite.Geometries;
using NetTopologySuite.Index.Strtree;

namespace Histoseg.Slides.Annotations;

/// <summary>A region of an ImageScope layer as the file has it.</summary>
/// <param name="Id">The region's id.</param>
/// <param name="Name">How messages call it.</param>
/// <param name="Ring">Its outline.</param>
/// <param name="Parent">Of a negative region: the id of the region it is cut from; "0" or unknown when the file does not say.</param>
internal sealed record ImageScopeRegion(string Id, string Name, List<SlidePoint> Ring, string Parent);

/// <summary>Collects one ImageScope layer and gives its negative regions to the positive ones as holes.</summary>
internal sealed class ImageScopeLayer
{
    private readonly List<ImageScopeRegion> _positive = [];
    private readonly List<ImageScopeRegion> _negative = [];

    public void Add(ImageScopeRegion region, bool negative) => (negative ? _negative : _positive).Add(region);

    public void AddTo(AnnotationBuilder builder, string group)
    {
        var holes = Holes(builder, group);
        for (var i = 0; i < _positive.Count; i++)
            builder.Add(group, _positive[i].Name, _positive[i].Ring, holes[i] ?? []);
    }

    private List<List<SlidePoint>>?[] Holes(AnnotationBuilder builder, string group)
    {
        var holes = new List<List<SlidePoint>>?[_positive.Count];
        if (_negative.Count == 0)
            return holes;
        var byId = new Dictionary<string, int>();
        var index = new STRtree<int>();
        for (var i = 0; i < _positive.Count; i++)
        {
            byId.TryAdd(_positive[i].Id, i);
            index.Insert(BoundsOf(_positive[i].Ring), i);
        }
        foreach (var hole in _negative)
        {
            if (!AnnotationBuilder.IsRing(hole.Ring))
                builder.Warn($"the negative '{hole.Name}' ({group}) has fewer than three points and is left out");
            else if (byId.TryGetValue(hole.Parent, out var parent))
                (holes[parent] ??= []).Add(hole.Ring);
            else
                foreach (var i in index.Query(BoundsOf(hole.Ring)))
                    (holes[i] ??= []).Add(hole.Ring);
        }
        return holes;
    }

    private static Envelope BoundsOf(List<SlidePoint> ring)
    {
        var bounds = new Envelope();
        foreach (var p in ring)
            bounds.ExpandToInclude(p.X, p.Y);
        return bounds;
    }
}
