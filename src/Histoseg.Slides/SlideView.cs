namespace Histoseg.Slides;

/// <summary>A slide seen at one physical scale: the best pyramid level is read and resampled. Coordinates are pixels at that scale ("view pixels").</summary>
public sealed class SlideView
{
    private readonly ISlide _slide;

    /// <summary>Looks at <paramref name="slide"/> at <paramref name="targetMpp"/> µm per pixel.</summary>
    /// <param name="slide">The slide; the caller keeps owning it.</param>
    /// <param name="slideMpp">µm per level-0 pixel, from <see cref="SlideScale"/>.</param>
    /// <param name="targetMpp">µm per view pixel wanted.</param>
    public SlideView(ISlide slide, double slideMpp, double targetMpp)
    {
        _slide = slide;
        MicronsPerPixel = targetMpp;
        Downsample = targetMpp / slideMpp;
        Width = Math.Max(1, (int)Math.Round(slide.Levels[0].Width / Downsample));
        Height = Math.Max(1, (int)Math.Round(slide.Levels[0].Height / Downsample));
    }

    /// <summary>The slide looked at.</summary>
    public ISlide Slide => _slide;

    /// <summary>µm per view pixel.</summary>
    public double MicronsPerPixel { get; }

    /// <summary>Level-0 pixels per view pixel. A view pixel (x, y) covers level-0 [x·d, (x+1)·d) × [y·d, (y+1)·d).</summary>
    public double Downsample { get; }

    /// <summary>Width of the whole slide in view pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the whole slide in view pixels.</summary>
    public int Height { get; }

    /// <summary>Reads a rectangle in view pixels as RGB; may overhang the slide (white there).</summary>
    /// <returns>False when part of it lies in a corrupt tile; the whole rectangle should then be treated as unreadable.</returns>
    public bool Read(int x, int y, int width, int height, Span<byte> rgb) =>
        throw new SlideError("reading at a scale is not here yet");
}
