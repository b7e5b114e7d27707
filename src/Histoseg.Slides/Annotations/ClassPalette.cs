namespace Histoseg.Slides.Annotations;

/// <summary>
/// The colour of each class in overlays, polygons and reports: the first ones stand out from pink and purple tissue, and colour-blind readers can tell them
/// apart.
/// </summary>
internal static class ClassPalette
{
    private static readonly (byte Red, byte Green, byte Blue)[] _colours =
    [
        (128, 128, 128), (255, 196, 0), (0, 110, 255), (0, 170, 80), (230, 25, 50), (70, 220, 230), (0, 0, 110), (240, 110, 30), (170, 220, 40), (140, 60, 20),
    ];

    /// <summary>The colour of a label; class 0 is grey, and from class 10 on the colours after it repeat.</summary>
    public static (byte Red, byte Green, byte Blue) Of(int label) =>
        label == 0 ? _colours[0] : _colours[((label - 1) % (_colours.Length - 1)) + 1];
}
