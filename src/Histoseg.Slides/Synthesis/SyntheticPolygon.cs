namespace Histoseg.Slides.Synthesis;

/// <summary>One annotated area of a synthetic slide.</summary>
/// <param name="Group">The annotation group: <see cref="Tumour"/> or <see cref="Exclusion"/>.</param>
/// <param name="Corners">Corners in level-0 pixels; the last is joined to the first.</param>
internal sealed record SyntheticPolygon(string Group, IReadOnlyList<(double X, double Y)> Corners)
{
    /// <summary>Group of the tumour nests.</summary>
    public const string Tumour = "tumor";

    /// <summary>Group of the areas within nests that are no tumour; paint it after the tumour.</summary>
    public const string Exclusion = "exclusion";
}
