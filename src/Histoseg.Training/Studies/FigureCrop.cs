using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Studies;

/// <summary>The part of a slide that figure 3 shows: all of it, or of a large one the part with the most even mixture of classes.</summary>
internal sealed class FigureCrop
{
    private const int LongestSide = 2048; // of the part, in pixels the network sees
    private const int LongestLook = 1024; // of the coarse look at the truth that decides the part

    private readonly ClassPalette _palette;
    private readonly SlideView _view;
    private readonly int _x, _y;

    /// <summary>Chooses the part.</summary>
    /// <param name="slide">The slide at the scale the network sees.</param>
    /// <param name="side">Longer side of the pictures in pixels.</param>
    /// <param name="palette">A colour for each class.</param>
    public FigureCrop(DatasetSlide slide, int side, ClassPalette palette)
    {
        _palette = palette;
        var view = slide.View;
        int width = Math.Min(view.Width, LongestSide), height = Math.Min(view.Height, LongestSide);
        var (x, y) = width == view.Width && height == view.Height ? (0, 0) : MostMixed(slide, width, height);
        var longest = Math.Max(view.Width, view.Height);
        _view = view.Shrunk((int)Math.Max(1, (long)longest * side / Math.Max(width, height)));
        var scale = _view.Downsample / view.Downsample;
        (_x, _y) = ((int)(x / scale), (int)(y / scale));
        (Width, Height) = (Math.Max(1, (int)(width / scale)), Math.Max(1, (int)(height / scale)));
        Rgb = new byte[Width * Height * 3];
        _view.Read(_x, _y, Width, Height, Rgb);
    }

    /// <summary>Width of the pictures.</summary>
    public int Width { get; }

    /// <summary>Height of the pictures.</summary>
    public int Height { get; }

    /// <summary>The part as it was scanned.</summary>
    public byte[] Rgb { get; }

    /// <summary>The part with labels laid over.</summary>
    public byte[] LaidOver(ILabelSource source)
    {
        var labels = new byte[Width * Height];
        source.Paint(_x, _y, Width, Height, _view.Downsample, labels);
        var shown = (byte[])Rgb.Clone();
        Overlay.Draw(shown, labels, Width, Height, _palette);
        return shown;
    }

    private static (int X, int Y) MostMixed(DatasetSlide slide, int width, int height)
    {
        var look = slide.View.Shrunk(LongestLook);
        var labels = new byte[look.Width * look.Height];
        slide.Labels.Paint(0, 0, look.Width, look.Height, look.Downsample, labels);
        var scale = look.Downsample / slide.View.Downsample;
        int columns = Math.Clamp((int)(width / scale), 1, look.Width), rows = Math.Clamp((int)(height / scale), 1, look.Height);
        var (best, at) = (-1.0, (X: 0, Y: 0));
        // Parts overlap by half, so that no border between classes lies on the edge of all of them.
        for (var y = 0; y + rows <= look.Height; y += Math.Max(1, rows / 2))
        {
            for (var x = 0; x + columns <= look.Width; x += Math.Max(1, columns / 2))
            {
                var foreground = 0;
                for (var row = y; row < y + rows; row++)
                {
                    var line = labels.AsSpan(row * look.Width + x, columns);
                    foreground += columns - line.Count((byte)0) - line.Count(ClassMap.Ignore);
                }
                var mixture = 1 - Math.Abs(2.0 * foreground / (columns * rows) - 1);
                if (mixture > best)
                    (best, at) = (mixture, (x, y));
            }
        }
        return (Math.Min((int)(at.X * scale), slide.View.Width - width), Math.Min((int)(at.Y * scale), slide.View.Height - height));
    }
}
