namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>Sums over the objects of one side, truth or prediction; areas in pixels of the label map.</summary>
/// <param name="Objects">How many.</param>
/// <param name="Area">Σ of their areas.</param>
/// <param name="Dice">Σ of area × Dice of the object and the one matched to it.</param>
/// <param name="Apart">Of how many there is a distance: of all, or of none where the other side has no object.</param>
/// <param name="ApartArea">Σ of areas of those.</param>
/// <param name="Distance">Σ of area × Hausdorff distance in pixels.</param>
/// <param name="Microns">The same in µm; not a number where a slide does not tell its scale.</param>
internal readonly record struct ObjectSide(int Objects, long Area, double Dice, int Apart, long ApartArea, double Distance, double Microns)
{
    /// <summary>Mean Dice, weighted by area; 0 without an object.</summary>
    public double MeanDice => Objects == 0 ? 0 : Dice / Area;

    /// <summary>Mean distance in pixels, weighted by area; not a number without one.</summary>
    public double MeanDistance => Distance / ApartArea;

    /// <summary>Mean distance in µm, weighted by area; not a number without one, or without a scale.</summary>
    public double MeanMicrons => Microns / ApartArea;

    /// <summary>The sums of some objects.</summary>
    /// <param name="objects">Of one slide, side and class.</param>
    /// <param name="micronsPerPixel">µm per pixel of the label map; null: not known.</param>
    public static ObjectSide Of(IReadOnlyCollection<SlideObject> objects, double? micronsPerPixel)
    {
        var apart = objects.Where(found => found.Distance is not null).ToList();
        var distance = apart.Sum(found => found.Area * found.Distance!.Value);
        return new(objects.Count, objects.Sum(found => found.Area), objects.Sum(found => found.Area * found.Dice), apart.Count,
            apart.Sum(found => found.Area), distance, apart.Count == 0 ? 0 : distance * (micronsPerPixel ?? double.NaN));
    }

    /// <summary>The sums of two slides.</summary>
    public static ObjectSide operator +(ObjectSide a, ObjectSide b) => new(a.Objects + b.Objects, a.Area + b.Area, a.Dice + b.Dice, a.Apart + b.Apart,
        a.ApartArea + b.ApartArea, a.Distance + b.Distance, a.Microns + b.Microns);
}
