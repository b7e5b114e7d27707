using Histoseg.Slides;
using Histoseg.Slides.Vips;

namespace Histoseg.View.Slides;

/// <summary>The tiles of a slide's picture: level l is the slide shrunk by 2 to the power of (highest level − l), the highest the slide itself.</summary>
internal static class PictureTiles
{
    /// <summary>Side of a tile in pixels.</summary>
    public const int Side = 512;

    private const int ThumbnailSide = 320;

    /// <summary>The highest level: at level 0 the slide is one pixel.</summary>
    public static int Highest(SlideLevel slide) => (int)Math.Ceiling(Math.Log2(Math.Max(slide.Width, slide.Height)));

    /// <summary>A tile as JPEG; null: there is no such tile.</summary>
    public static byte[]? Make(ISlide slide, int level, int column, int row)
    {
        var highest = Highest(slide.Levels[0]);
        if (level < 0 || level > highest || column < 0 || row < 0)
            return null;
        var view = new SlideView(slide, 1, Math.Pow(2, highest - level));
        // The page counts a begun pixel at the right and lower edge, a view may not.
        var part = new Region((long)column * Side, (long)row * Side, Side, Side).Intersect(new(0, 0, view.Width + 1, view.Height + 1));
        if (part.IsEmpty)
            return null;
        var inside = part.Intersect(new(0, 0, view.Width, view.Height)) is { IsEmpty: false } whole ? whole
            : new Region(Math.Min(part.X, view.Width - 1), Math.Min(part.Y, view.Height - 1), 1, 1);
        var rgb = new byte[inside.Width * inside.Height * 3];
        view.Read((int)inside.X, (int)inside.Y, inside.Width, inside.Height, rgb);
        return Pictures.ToJpegBytes(rgb, inside.Width, inside.Height);
    }

    /// <summary>A small picture of the whole slide as JPEG.</summary>
    public static byte[] Thumbnail(ISlide slide)
    {
        var (rgb, width, height) = Pictures.Thumbnail(new(slide, 1, 1), ThumbnailSide);
        return Pictures.ToJpegBytes(rgb, width, height);
    }
}
