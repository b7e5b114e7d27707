namespace Histoseg.Segmentation.CleanUp;

/// <summary>Which connected regions a <see cref="RegionPass"/> replaces, and by what.</summary>
internal sealed record RegionRule
{
    /// <summary>Stands for pixels of removed objects until they get the label that surrounds them; no label of a map.</summary>
    public const int Removed = 256;

    /// <summary>Whether pixels of a label are looked at; a region has one label.</summary>
    public required Func<int, bool> Seeks { get; init; }

    /// <summary>Whether pixels that touch at a corner only are connected.</summary>
    public required bool ByCorners { get; init; }

    /// <summary>Regions of fewer pixels are small.</summary>
    public required long Limit { get; init; }

    /// <summary>Whether small regions at the map's edge or beside unreadable pixels stay as they are.</summary>
    public bool OnlyEnclosed { get; init; }

    /// <summary>What small regions become; null: the label that surrounds them.</summary>
    public int? Small { get; init; }

    /// <summary>What the others become; null: they stay as they are.</summary>
    public int? Large { get; init; }

    /// <summary>Background regions (4 neighbours) smaller than <paramref name="limit"/> pixels and enclosed by foreground get the surrounding label.</summary>
    public static RegionRule FillHoles(long limit) => new() { Seeks = label => label == 0, ByCorners = false, Limit = limit, OnlyEnclosed = true };

    /// <summary>Regions of one foreground class (8 neighbours) smaller than <paramref name="limit"/> pixels become <see cref="Removed"/>.</summary>
    public static RegionRule TakeOut(long limit) => new() { Seeks = label => label is > 0 and < 255, ByCorners = true, Limit = limit, Small = Removed };

    /// <summary>
    /// Groups of removed pixels get the label that surrounds them; those not smaller than an object is allowed to be are noise rather than an object inside
    /// another, and become background.
    /// </summary>
    public static RegionRule Settle(long limit) => new() { Seeks = label => label == Removed, ByCorners = true, Limit = limit, Large = 0 };
}
