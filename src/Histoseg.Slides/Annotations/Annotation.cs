namespace Histoseg.Slides.Annotations;

/// <summary>What one annotation file says about a slide.</summary>
/// <param name="Path">The file it was read from.</param>
/// <param name="Regions">The regions in the order of the file; may be empty.</param>
/// <param name="Warnings">What was left out and why (points, lines, rings of fewer than three points), one line each.</param>
/// <param name="CountsFromBounds">Whether the program that wrote it counts pixels from the corner of <see cref="ISlide.Bounds"/>.</param>
/// <param name="Program">What messages call the kind of file: the program that writes it.</param>
internal sealed record Annotation(
    string Path, IReadOnlyList<AnnotatedRegion> Regions, IReadOnlyList<string> Warnings, bool CountsFromBounds = false, string Program = "")
{
    /// <summary>The group names that occur, each once (compared without regard to case), in order of first use.</summary>
    public IReadOnlyList<string> Groups { get; } =
        [.. Regions.Select(r => r.Group).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The same with every region moved to the right and down, level-0 pixels.</summary>
    public Annotation Moved(double right, double down) => this with { Regions = [.. Regions.Select(region => region.Moved(right, down))] };
}
