namespace Histoseg.Slides;

/// <summary>Choices among the levels of a picture.</summary>
internal static class SlideLevels
{
    /// <summary>The finest level of at most so many pixels, else the coarsest.</summary>
    public static int Within(this IReadOnlyList<SlideLevel> levels, long pixels)
    {
        for (var level = 0; level < levels.Count; level++)
            if ((long)levels[level].Width * levels[level].Height <= pixels)
                return level;
        return levels.Count - 1;
    }
}
