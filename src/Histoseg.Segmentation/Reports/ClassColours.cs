namespace Histoseg.Segmentation.Reports;

/// <summary>The colours that classes have in pictures and charts.</summary>
public static class ClassColours
{
    // Told apart from each other by colour-blind readers and from the pinks and purples of the stain by everybody; the first is for the background.
    private static readonly (byte R, byte G, byte B)[] Palette =
        [(110, 118, 129), (0, 158, 115), (0, 114, 178), (230, 159, 0), (213, 94, 0), (240, 228, 66), (86, 180, 233), (60, 60, 60)];

    /// <summary>The colour of a label; after the last colour they repeat.</summary>
    public static (byte R, byte G, byte B) Of(int label) => Palette[label == 0 ? 0 : 1 + (label - 1) % (Palette.Length - 1)];

    /// <summary>The same as #rrggbb.</summary>
    public static string Hex(int label)
    {
        var (r, g, b) = Of(label);
        return $"#{r:x2}{g:x2}{b:x2}";
    }
}
