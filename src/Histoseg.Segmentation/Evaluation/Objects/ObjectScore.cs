namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>How well the objects of one class were found, as the GlaS challenge defines it (Sirinukunwattana et al. 2017, arXiv:1603.00275).</summary>
/// <remarks>
/// An object is a connected region (8 neighbours) of the class. What is annotated as ignore or has no prediction is of no object. Every object is matched
/// to that of the other side it shares most pixels with, of equals to the first.
/// </remarks>
/// <param name="Class">The label.</param>
/// <param name="TruePositives">
/// Predicted objects that cover at least half the pixels of the annotated one they are matched to; there is one at most for each annotated object.
/// </param>
/// <param name="Truth">Annotated objects.</param>
/// <param name="Predicted">Predicted objects.</param>
internal readonly record struct ObjectScore(int Class, int TruePositives, ObjectSide Truth, ObjectSide Predicted)
{
    /// <summary>Predicted objects that are no true positives.</summary>
    public int FalsePositives => Predicted.Objects - TruePositives;

    /// <summary>Annotated objects without a true positive.</summary>
    public int FalseNegatives => Truth.Objects - TruePositives;

    /// <summary>TP/(TP+FP); 1 where nothing was predicted.</summary>
    public double Precision => Ratio(TruePositives, Predicted.Objects);

    /// <summary>TP/(TP+FN); 1 where there is nothing to find.</summary>
    public double Recall => Ratio(TruePositives, Truth.Objects);

    /// <summary>2·TP/(2·TP+FP+FN), the harmonic mean of precision and recall; 1 where there is no object on either side.</summary>
    public double F1 => Ratio(2 * TruePositives, Truth.Objects + Predicted.Objects);

    /// <summary>
    /// ½·(Σ γ·Dice over annotated objects + Σ σ·Dice over predicted ones), each with its match; γ and σ are shares of the area of all objects of their side.
    /// 0 for an object without a match, 1 where there is no object on either side.
    /// </summary>
    public double Dice => Truth.Objects + Predicted.Objects == 0 ? 1 : (Truth.MeanDice + Predicted.MeanDice) / 2;

    /// <summary>
    /// The same mean of Hausdorff distances, in pixels of the label map. An object without a match is as far as the object of its slide's other side that is
    /// least far; where there is none, it is left out. Null where nothing is left.
    /// </summary>
    public double? Hausdorff => Known((Truth.MeanDistance + Predicted.MeanDistance) / 2);

    /// <summary>The same in µm; null also where a slide does not tell its scale.</summary>
    public double? HausdorffMicrons => Known((Truth.MeanMicrons + Predicted.MeanMicrons) / 2);

    /// <summary>Objects left out of the distance: the other side of their slide has none.</summary>
    public int WithoutDistance => Truth.Objects - Truth.Apart + Predicted.Objects - Predicted.Apart;

    /// <summary>The score of the objects of two slides together.</summary>
    public static ObjectScore operator +(ObjectScore a, ObjectScore b) => a.Class == b.Class
        ? new(a.Class, a.TruePositives + b.TruePositives, a.Truth + b.Truth, a.Predicted + b.Predicted)
        : throw new ArgumentException($"class {a.Class} cannot be added to class {b.Class}", nameof(b));

    private static double? Known(double value) => double.IsNaN(value) ? null : value;

    private static double Ratio(int part, int whole) => whole == 0 ? 1 : (double)part / whole;
}
