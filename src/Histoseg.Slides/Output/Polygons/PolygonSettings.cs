using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>What the polygons of a label map mean, and which of them are written.</summary>
/// <param name="ClassNames">Class names by label, at most 255.</param>
internal sealed record PolygonSettings(IReadOnlyList<string> ClassNames)
{
    /// <summary>Level-0 pixels per label pixel; above 0.</summary>
    public double Downsample { get; init; } = 1;

    /// <summary>µm per level-0 pixel, for areas and lengths; null: not known, and there are none.</summary>
    public double? MicronsPerPixel { get; init; }

    /// <summary>What is left out.</summary>
    public PolygonLimits Limits { get; init; } = new(0, int.MaxValue, long.MaxValue / 2);

    /// <summary>The part of level 0 that polygons lie in and are counted from; null: all that the label map covers.</summary>
    public Region? Part { get; init; }

    /// <summary>How far outlines may lie from the pixels' edges, level-0 pixels; 0: along them.</summary>
    public double Tolerance { get; init; }

    /// <summary>Whether the heat map comes too, so that each region has its mean.</summary>
    public bool HasForeground { get; init; }

    /// <summary>A colour for each class.</summary>
    public ClassPalette Palette { get; init; } = ClassPalette.Usual;

    /// <summary>The level-0 pixels of a corner between pixels of the label map, counted from a part's corner; a pixel at its edge may reach over it.</summary>
    public SlidePoint PointOf((int X, int Y) corner, Region part)
    {
        return new(Along(corner.X, part.X, part.Width), Along(corner.Y, part.Y, part.Height));

        // A hundredth of a pixel is far below what a label can mean.
        double Along(int at, long from, int size) => Math.Round(Math.Clamp((at * Downsample) - from, 0, size), 2);
    }

    /// <summary>µm² of so many pixels of the label map; null: not known.</summary>
    public double? SquareMicrons(long pixels) => MicronsPerPixel is { } mpp ? Math.Round(pixels * Math.Pow(Downsample * mpp, 2), 2) : null;
}
