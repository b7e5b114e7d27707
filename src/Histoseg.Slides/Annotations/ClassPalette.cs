namespace Histoseg.Slides.Annotations;

/// <summary>
/// The colour of each class in overlays, polygons and reports: the first ones stand out from pink and purple tissue, and colour-blind readers can tell them
/// apart.
/// </summary>
internal sealed class ClassPalette
{
    /// <summary>The palette where nobody chose colours.</summary>
    public static ClassPalette Usual { get; } = new([]);

    private static readonly (byte Red, byte Green, byte Blue)[] _colours =
    [
        (128, 128, 128), (255, 196, 0), (0, 110, 255), (0, 170, 80), (230, 25, 50), (70, 220, 230), (0, 0, 110), (240, 110, 30), (170, 220, 40), (140, 60, 20),
    ];

    private readonly (byte Red, byte Green, byte Blue)?[] _own;

    /// <summary>A palette with colours of one's own.</summary>
    /// <param name="colours">By label, as #rrggbb; null, or none for a label: its usual colour.</param>
    public ClassPalette(IReadOnlyList<string?> colours) => _own = [.. colours.Select(Parse)];

    /// <summary>A palette with colours of one's own for some classes.</summary>
    /// <param name="classes">Class names by label.</param>
    /// <param name="colours">By class name, as #rrggbb; null: none.</param>
    public static ClassPalette Of(IReadOnlyList<string> classes, IReadOnlyDictionary<string, string>? colours) =>
        colours is null ? Usual : new([.. classes.Select(colours.GetValueOrDefault)]);

    /// <summary>The colour of a label, 0 to 254; class 0 is grey. No two have the same: from class 10 on they are shades of the first nine.</summary>
    public (byte Red, byte Green, byte Blue) Of(int label) => label < _own.Length && _own[label] is { } own ? own : UsualOf(label);

    /// <summary>The same as #rrggbb.</summary>
    public string Hex(int label)
    {
        var (red, green, blue) = Of(label);
        return $"#{red:x2}{green:x2}{blue:x2}";
    }

    /// <summary>Whether this is a colour as #rrggbb.</summary>
    public static bool IsColour(string text) => text.Length == 7 && text[0] == '#' && text.AsSpan(1).IndexOfAnyExcept("0123456789abcdefABCDEF") < 0;

    private static (byte Red, byte Green, byte Blue)? Parse(string? colour)
    {
        if (colour is null)
            return null;
        if (!IsColour(colour))
            throw new ArgumentException($"'{colour}' is no colour as #rrggbb");
        var bytes = Convert.FromHexString(colour.AsSpan(1));
        return (bytes[0], bytes[1], bytes[2]);
    }

    private static (byte Red, byte Green, byte Blue) UsualOf(int label)
    {
        if (label == 0)
            return _colours[0];
        var (round, place) = Math.DivRem(label - 1, _colours.Length - 1);
        var colour = _colours[place + 1];
        if (round == 0)
            return colour;
        // Darker and lighter in turn, by 5 to 70 %, neighbouring rounds far apart.
        var (pair, lighter) = Math.DivRem(round - 1, 2);
        var share = 5 * (1 + 5 * (pair + 1) % 14);
        return (Shade(colour.Red), Shade(colour.Green), Shade(colour.Blue));

        byte Shade(byte value) => (byte)(value + (lighter * byte.MaxValue - value) * share / 100);
    }

    /// <summary>The colour of a pixel of a label map: as <see cref="Of(int)"/>, but background is white, and unreadable (255) is dark grey.</summary>
    public (byte Red, byte Green, byte Blue) OfMap(byte label) => label switch
    {
        0 when _own is [] or [null, ..] => (255, 255, 255),
        ClassMap.Ignore => (60, 60, 60),
        _ => Of(label),
    };
}
