namespace Histoseg.Segmentation.Evaluation;

/// <summary>How large an annotated region is.</summary>
internal enum RegionSize
{
    /// <summary>Under the limit, 50 000 pixels in the paper.</summary>
    XS,
    /// <summary>The limit or more.</summary>
    XL,
}

/// <summary>How well the annotated regions of one class and size were found.</summary>
/// <remarks>
/// A region is a connected (8 neighbours) set of pixels of one class. |Y| is the pixels of the annotated regions of this size; |X| the
/// pixels of all predicted regions of the class that touch one of them, less those that lie on annotated regions of the other size. So a
/// prediction that bridges a small and a large region is not charged to the small one for hitting the large, and false alarms that
/// touch no region belong to no size. Pixels to ignore and pixels without prediction are left out of both.
/// </remarks>
/// <param name="Class">The label.</param>
/// <param name="Size">The size.</param>
/// <param name="Regions">Annotated regions of this size.</param>
/// <param name="Found">Those of which at least one pixel was predicted.</param>
/// <param name="Truth">|Y| in pixels.</param>
/// <param name="Predicted">|X| in pixels.</param>
/// <param name="Intersection">|X∩Y| in pixels.</param>
internal readonly record struct RegionScore(int Class, RegionSize Size, long Regions, long Found, long Truth, long Predicted, long Intersection)
{
    /// <summary>2|X∩Y|/(|X|+|Y|); null where there is no such region.</summary>
    public double? Dice => Truth == 0 ? null : 2.0 * Intersection / (Truth + Predicted);

    /// <summary>|X∩Y|/|Y|; null where there is no such region.</summary>
    public double? Recall => Truth == 0 ? null : (double)Intersection / Truth;

    /// <summary>The pooled score of two slides.</summary>
    public static RegionScore operator +(RegionScore a, RegionScore b) => a.Class == b.Class && a.Size == b.Size
        ? new(a.Class, a.Size, a.Regions + b.Regions, a.Found + b.Found, a.Truth + b.Truth, a.Predicted + b.Predicted, a.Intersection + b.Intersection)
        : throw new ArgumentException($"class {a.Class} {a.Size} cannot be added to class {b.Class} {b.Size}", nameof(b));
}
