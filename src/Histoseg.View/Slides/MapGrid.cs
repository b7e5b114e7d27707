using Histoseg.Slides;

namespace Histoseg.View.Slides;

/// <summary>The pixels in which a slide's label map, heat map and truth are sent: those of the label map and its levels.</summary>
/// <param name="Across">Level-0 pixels of the slide per pixel of the grid's level 0, going right.</param>
/// <param name="Down">The same going down; equal to the other but for rounding.</param>
/// <param name="Levels">Largest first, each half of the one before.</param>
internal sealed record MapGrid(double Across, double Down, IReadOnlyList<SlideLevel> Levels)
{
    /// <summary>Side of a tile in pixels.</summary>
    public const int Tile = 512;

    /// <summary>The grid of a picture of labels.</summary>
    public static MapGrid Of(IReadOnlyList<SlideLevel> levels, SlideLevel slide) =>
        new((double)slide.Width / levels[0].Width, (double)slide.Height / levels[0].Height, levels);

    /// <summary>A grid for a truth without prediction, of about 1 µm or, where the scale is not known, at most 8192 pixels to a side.</summary>
    public static MapGrid For(SlideLevel slide, double? mpp)
    {
        var wanted = mpp is { } known ? 1 / known : Math.Max(slide.Width, slide.Height) / 8192.0;
        var step = Math.Pow(2, Math.Max(0, Math.Round(Math.Log2(wanted))));
        var levels = new List<SlideLevel>();
        for (var down = 1.0; levels.Count == 0 || Math.Max(levels[^1].Width, levels[^1].Height) > Tile; down *= 2)
            levels.Add(new((int)Math.Ceiling(slide.Width / (step * down)), (int)Math.Ceiling(slide.Height / (step * down)), down));
        return new(step, step, levels);
    }

    /// <summary>The part of a level that a tile covers; empty: there is no such tile.</summary>
    public Region TileAt(int level, int column, int row) => level < 0 || level >= Levels.Count || column < 0 || row < 0 ? default
        : new Region((long)column * Tile, (long)row * Tile, Tile, Tile).Intersect(new(0, 0, Levels[level].Width, Levels[level].Height));
}
