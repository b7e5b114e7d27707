namespace Histoseg.Slides.Checks;

/// <summary>Slides whose colours are not those of the others, or not those of H&amp;E at all.</summary>
internal static class ForeignColours
{
    // Of two slides nobody can say which one is foreign.
    private const int FewestToCompare = 3;

    /// <summary>Compares every slide of a set with the set's median, and with H&amp;E.</summary>
    /// <returns>A warning for each slide that differs.</returns>
    public static IEnumerable<Finding> Among(IReadOnlyCollection<(string Slide, ColourStatistics Colours)> slides)
    {
        var median = slides.Count < FewestToCompare ? null : ColourStatistics.Median([.. slides.Select(slide => slide.Colours)]);
        foreach (var (slide, colours) in slides)
            if (colours.UnlikeStain is { } what)
                yield return new(slide, FindingLevel.Warning, $"{slide}: {what} (mean optical density of red, green and blue {colours.InWords()}; "
                    + "H&E has about 0.3, 0.9, 0.3); check that it belongs to the set");
            else if (median is not null && colours.IsFarFrom(median))
                yield return new(slide, FindingLevel.Warning, $"{slide}: its colours are far from those of the other slides (mean optical density of "
                    + $"red, green and blue {colours.InWords()}; their median {median.InWords()}); check that it belongs to the set");
    }

    /// <summary>Compares a slide with those that a model was trained on.</summary>
    /// <returns>One line, or null where it is like them, or is white, or the model does not tell.</returns>
    public static string? Warning(ISlide slide, ColourStatistics? trained) =>
        trained is not null && ColourStatistics.Of(slide) is { } colours && colours.IsFarFrom(trained)
            ? $"{slide.Path}: its colours are far from those the model was trained on (mean optical density of red, green and blue {colours.InWords()}; "
                + $"trained on {trained.InWords()}); look at the result before you rely on it"
            : null;
}
