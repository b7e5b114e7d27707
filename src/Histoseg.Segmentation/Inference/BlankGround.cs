using System.Buffers;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>Tells from a low level of a slide where the level that is read is white, so that it need not be read there.</summary>
/// <remarks>
/// A pixel of the low level is the mean of the pixels below it, or one of them. Where three quarters of it are darker than the threshold it is, whatever the
/// rest, darker than threshold and a quarter of the way from there to white, which a scanner's glass is not. So a spot just as dark as tissue is seen if it
/// covers three quarters of a pixel of the low level, as a round one does that is two pixels wide (of four pixels that meet in its middle it has a share of
/// π/4 each): 8 µm, of the 4 that a pixel may have, which is a nucleus. A darker one is seen if it is smaller.
/// </remarks>
internal sealed class BlankGround
{
    // Of a low level's pixel; a cell's nucleus is some 8 µm.
    private const double MostMicrons = 4;

    // A low level that is hardly smaller costs more than it saves.
    private const double LeastShrinking = 3.5;

    private readonly SlideView _view;
    private readonly int _level;
    private readonly double _pixels; // of the view, to one of the low level
    private readonly byte _brightest; // what is not brighter may be tissue

    private BlankGround(SlideView view, int level, double pixels, byte threshold) =>
        (_view, _level, _pixels, _brightest) = (view, level, pixels, (byte)((3 * threshold + 255 + 3) / 4));

    /// <summary>Looks for a low level.</summary>
    /// <param name="view">The slide at the model's scale.</param>
    /// <param name="threshold">What is white: R, G and B above this.</param>
    /// <returns>Null where there is none.</returns>
    public static BlankGround? Of(SlideView view, byte threshold)
    {
        var levels = view.Slide.Levels;
        var fit = Enumerable.Range(0, levels.Count).Where(i => levels[i].Downsample >= LeastShrinking * levels[view.Level].Downsample
            && levels[i].Downsample * view.MicronsPerPixel / view.Downsample <= MostMicrons
            && !view.Slide.HasGaps(i)
            && IsWhole(levels[0].Width, levels[i].Width, levels[i]) && IsWhole(levels[0].Height, levels[i].Height, levels[i])).ToList();
        if (fit.Count == 0 || threshold == 255)
            return null;
        var level = fit.MaxBy(i => levels[i].Downsample);
        return new(view, level, levels[level].Downsample / view.Downsample, threshold);
    }

    // Whether it covers all of level 0, but for a pixel of its own.
    private static bool IsWhole(int largest, int own, SlideLevel level) => Math.Abs(own * level.Downsample - largest) <= level.Downsample;

    /// <summary>Whether a rectangle of the view is white; what cannot be read in the low level is not.</summary>
    public bool Covers(Region place)
    {
        // A pixel more on each side: levels may be off by a part of one.
        var (left, top) = ((long)(place.X / _pixels) - 1, (long)(place.Y / _pixels) - 1);
        var (right, bottom) = ((long)((place.X + place.Width) / _pixels) + 2, (long)((place.Y + place.Height) / _pixels) + 2);
        var (width, height) = ((int)(right - left), (int)(bottom - top));
        var rgb = ArrayPool<byte>.Shared.Rent(width * height * 3);
        try
        {
            return _view.Slide.ReadRegion(_level, left, top, width, height, rgb)
                && Tissue.IsBackground(rgb.AsSpan(0, width * height * 3), _brightest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rgb);
        }
    }
}
