namespace Histoseg.Segmentation.Inference;

/// <summary>One of several equal parts of a list of slides: of the slides sorted by full path every <paramref name="Count"/>th, from the
/// <paramref name="Number"/>th on.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Count">Of how many.</param>
/// <param name="Source">What it was told by, for instance a scheduler's variable; null: by the user.</param>
internal sealed record Shard(int Number, int Count, string? Source = null)
{
    /// <summary>Which slides belong to it; the order in which they are given does not matter.</summary>
    /// <returns>The places of its slides in the list, ascending.</returns>
    public IReadOnlyList<int> Of(IReadOnlyList<string> slides) =>
    [
        .. slides.Select((slide, place) => (Path: Path.GetFullPath(slide), Place: place)).OrderBy(slide => slide.Path, StringComparer.Ordinal)
            .Where((_, rank) => rank % Count == Number - 1).Select(slide => slide.Place).Order(),
    ];

    /// <inheritdoc/>
    public override string ToString() => Figures.Text($"{Number}/{Count}");
}
