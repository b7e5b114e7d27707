namespace Histoseg.Segmentation.Evaluation;

/// <summary>How well one class was found, in pixels.</summary>
/// <param name="Class">The label.</param>
/// <param name="Truth">Pixels of this class in the truth, |Y|.</param>
/// <param name="Predicted">Pixels predicted as this class, |X|.</param>
/// <param name="Intersection">Pixels that are both, |X∩Y|.</param>
/// <param name="Missing">Pixels of this class in the truth that have no prediction; not in <paramref name="Truth"/>.</param>
internal readonly record struct ClassScore(int Class, long Truth, long Predicted, long Intersection, long Missing)
{
    /// <summary>2|X∩Y|/(|X|+|Y|); 1 where both are empty.</summary>
    public double Dice => Ratio(2 * Intersection, Truth + Predicted);

    /// <summary>|X∩Y|/|X∪Y|; 1 where both are empty.</summary>
    public double Iou => Ratio(Intersection, Truth + Predicted - Intersection);

    /// <summary>|X∩Y|/|X|; 1 where nothing was predicted.</summary>
    public double Precision => Ratio(Intersection, Predicted);

    /// <summary>|X∩Y|/|Y|; 1 where there is nothing to find.</summary>
    public double Recall => Ratio(Intersection, Truth);

    private static double Ratio(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
}
