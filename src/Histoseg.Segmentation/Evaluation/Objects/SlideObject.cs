namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>A connected region (8 neighbours) of a class, annotated or predicted, and what the other side has for it.</summary>
/// <param name="number">Its place among the objects of its side, by their first pixels row by row.</param>
/// <param name="label">The class.</param>
/// <param name="area">Pixels.</param>
/// <param name="pixels">The same pixels.</param>
internal sealed class SlideObject(long number, int label, long area, PixelSet pixels)
{
    /// <summary>Its place among the objects of its side, by their first pixels row by row.</summary>
    public long Number { get; } = number;

    /// <summary>The class.</summary>
    public int Label { get; } = label;

    /// <summary>Pixels.</summary>
    public long Area { get; } = area;

    /// <summary>The same pixels.</summary>
    public PixelSet Pixels { get; } = pixels;

    /// <summary>The object of the other side that it shares most pixels with, of equals the first; null where it shares none.</summary>
    public SlideObject? Match { get; private set; }

    /// <summary>Pixels it shares with <see cref="Match"/>.</summary>
    public long Overlap { get; private set; }

    /// <summary>2|X∩Y|/(|X|+|Y|) of it and <see cref="Match"/>; 0 without one.</summary>
    public double Dice => Match is null ? 0 : 2.0 * Overlap / (Area + Match.Area);

    /// <summary>
    /// The Hausdorff distance in pixels from <see cref="Match"/>, without one from the object of the other side that makes it least; null: none was sought,
    /// or the other side has no object.
    /// </summary>
    public double? Distance { get; set; }

    /// <summary>Takes an object of the other side for <see cref="Match"/> if it shares more pixels than what was offered before.</summary>
    public void Offer(SlideObject other, long overlap)
    {
        if (overlap > Overlap || overlap == Overlap && other.Number < Match!.Number)
            (Match, Overlap) = (other, overlap);
    }
}
