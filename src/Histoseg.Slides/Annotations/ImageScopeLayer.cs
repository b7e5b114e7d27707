using NetTopologySuite.Geometries;
using NetTopologySuite.Index.Strtree;

namespace Histoseg.Slides.Annotations;

/// <summary>A region of an ImageScope layer as the file has it.</summary>
/// <param name="Id">The region's id.</param>
/// <param name="Name">How messages call it.</param>
/// <param name="Text">What it says of itself: its text, else its attribute; null where it has neither.</param>
/// <param name="Ring">Its outline.</param>
/// <param name="Parent">Of a negative region: the id of the region it is cut from; "0" or unknown when the file does not say.</param>
internal sealed record ImageScopeRegion(string Id, string Name, string? Text, List<SlidePoint> Ring, string Parent);

/// <summary>Collects one ImageScope layer and gives its negative regions to the positive ones as holes.</summary>
internal sealed class ImageScopeLayer
{
    private readonly List<ImageScopeRegion> _positive = [];
    private readonly List<ImageScopeRegion> _negative = [];

    /// <summary>Regions so far.</summary>
    public int Count => _positive.Count + _negative.Count;

    public void Add(ImageScopeRegion region, bool negative) => (negative ? _negative : _positive).Add(region);

    /// <summary>Hands the regions to the builder.</summary>
    /// <param name="builder">Takes them.</param>
    /// <param name="name">The group of them all; null: each region's text is its group.</param>
    /// <param name="id">The layer's id: the group of regions that have neither.</param>
    public void AddTo(AnnotationBuilder builder, string? name, string id)
    {
        var holes = Holes(builder, name ?? id);
        for (var i = 0; i < _positive.Count; i++)
            builder.Add(name ?? _positive[i].Text ?? id, _positive[i].Name, _positive[i].Ring, holes[i] ?? []);
        if (name is not null)
            WarnOfClasses(builder, name);
    }

    // Texts that come again and again are classes, not names of regions.
    private void WarnOfClasses(AnnotationBuilder builder, string name)
    {
        var texts = _positive.Where(region => region.Text is not null).GroupBy(region => region.Text!, StringComparer.OrdinalIgnoreCase).ToList();
        if (texts.Count > 1 && texts.Any(regions => regions.Count() > 1))
            builder.Warn($"layer '{name}' is one group, whatever its regions say ({string.Join(", ", texts.Take(5).Select(text => $"'{text.Key}'"))}"
                + $"{(texts.Count > 5 ? ", …" : "")}); where their texts are the classes, give the layer no name");
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
            if (_positive[i].Id.Length > 0)
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
