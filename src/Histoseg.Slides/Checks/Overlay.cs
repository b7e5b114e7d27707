using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Checks;

/// <summary>Draws labels over a picture: class colours let the tissue show through, outlines are solid, and what counts nowhere is greyed.</summary>
internal static class Overlay
{
    private const int Strength = 90; // of 255: how much of the class colour covers the tissue
    private const byte Grey = 200;
    private const int GreyStrength = 170;

    /// <summary>Draws labels over a picture, in place. Class 0 stays as it is.</summary>
    /// <param name="rgb">height × width × 3 bytes.</param>
    /// <param name="labels">height × width labels; <see cref="ClassMap.Ignore"/> is greyed.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="palette">A colour for each class.</param>
    public static void Draw(Span<byte> rgb, ReadOnlySpan<byte> labels, int width, int height, ClassPalette palette)
    {
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var label = labels[(y * width) + x];
                var pixel = rgb.Slice(((y * width) + x) * 3, 3);
                if (label == ClassMap.Ignore)
                    Blend(pixel, (Grey, Grey, Grey), GreyStrength);
                else if (label != 0)
                    Blend(pixel, palette.Of(label), IsOutline(labels, width, height, x, y) ? 255 : Strength);
            }
    }

    // Two pixels wide, on the inside.
    private static bool IsOutline(ReadOnlySpan<byte> labels, int width, int height, int x, int y)
    {
        var label = labels[(y * width) + x];
        foreach (var (dx, dy) in (ReadOnlySpan<(int, int)>)[(1, 0), (2, 0), (-1, 0), (-2, 0), (0, 1), (0, 2), (0, -1), (0, -2)])
        {
            var (u, v) = (x + dx, y + dy);
            if (u >= 0 && v >= 0 && u < width && v < height && labels[(v * width) + u] != label)
                return true;
        }
        return false;
    }

    private static void Blend(Span<byte> pixel, (byte Red, byte Green, byte Blue) colour, int strength)
    {
        pixel[0] = (byte)(pixel[0] + ((colour.Red - pixel[0]) * strength / 255));
        pixel[1] = (byte)(pixel[1] + ((colour.Green - pixel[1]) * strength / 255));
        pixel[2] = (byte)(pixel[2] + ((colour.Blue - pixel[2]) * strength / 255));
    }
}
