namespace Histoseg.Slides.Annotations;

/// <summary>One annotated area of a slide: what lies within the outer ring (even-odd) and in none of the holes.</summary>
/// <param name="Group">What the region is: ASAP <c>PartOfGroup</c>, QuPath classification, ImageScope layer.</param>
/// <param name="Name">How a message calls the region: its own name in the file, or its place in it.</param>
/// <param name="Ring">The outer ring, at least 3 points, without the closing point.</param>
/// <param name="Holes">Rings cut out of the region, each at least 3 points, without the closing point.</param>
internal sealed record AnnotatedRegion(
    string Group,
    string Name,
    IReadOnlyList<SlidePoint> Ring,
    IReadOnlyList<IReadOnlyList<SlidePoint>> Holes)
{
    /// <summary>The smallest upright rectangle around the outer ring, level-0 pixels.</summary>
    public (double Left, double Top, double Right, double Bottom) Bounds { get; } =
        (Ring.Min(p => p.X), Ring.Min(p => p.Y), Ring.Max(p => p.X), Ring.Max(p => p.Y));

    /// <summary>The same region moved to the right and down, level-0 pixels.</summary>
    public AnnotatedRegion Moved(double right, double down)
    {
        return new(Group, Name, Moved(Ring), [.. Holes.Select(Moved)]);

        IReadOnlyList<SlidePoint> Moved(IReadOnlyList<SlidePoint> ring) => [.. ring.Select(p => new SlidePoint(p.X + right, p.Y + down))];
    }
}
