namespace Histoseg.Slides.Annotations;

/// <summary>What one annotation file says about a slide.</summary>
/// <param name="Path">The file it was read from.</param>
/// <param name="Regions">The regions in the order of the file; may be empty.</param>
/// <param name="Warnings">What was left out and why (points, lines, rings of fewer than three points), one line each.</param>
internal sealed record Annotation(string Path, IReadOnlyList<AnnotatedRegion> Regions, IReadOnlyList<string> Warnings)
{
    /// <summary>The group names that occur, each once (compared without regard to case), in order of first use.</summary>
    public IReadOnlyList<string> Groups { get; } =
        [.. Regions.Select(r => r.Group).Distinct(StringComparer.OrdinalIgnoreCase)];
}
