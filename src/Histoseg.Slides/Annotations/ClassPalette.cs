namespace Histoseg.Slides.Annotations;

/// <summary>The colour of each class in overlays, polygons and reports: strong on pink and purple tissue, told apart by colour-blind readers as far as a few hues allow.</summary>
public static class ClassPalette
{
    private static readonly (byte Red, byte Green, byte Blue)[] _colours =
    [
        (128, 128, 128), (230, 25, 75), (0, 130, 200), (245, 180, 0), (0, 160, 90), (145, 30, 180), (70, 210, 220), (240, 110, 30), (0, 0, 128), (170, 220, 40),
    ];

    /// <summary>The colour of a label; class 0 is grey, and from class 10 on the colours after it repeat.</summary>
    public static (byte Red, byte Green, byte Blue) Of(int label) =>
        label == 0 ? _colours[0] : _colours[((label - 1) % (_colours.Length - 1)) + 1];
}
