namespace Histoseg.Training.Quantising;

/// <summary>What became of a model.</summary>
/// <param name="Layers">Convolutions that are done in bytes.</param>
/// <param name="CalibratedOn">What it was calibrated on, in words.</param>
/// <param name="Comparison">What both models give.</param>
/// <param name="BytesBefore">The size of the weights' file before.</param>
/// <param name="BytesAfter">And now.</param>
internal sealed record QuantiseResult(int Layers, string CalibratedOn, QuantiseComparison Comparison, long BytesBefore, long BytesAfter);

/// <summary>Both models on the same pixels.</summary>
/// <param name="Where">Which pixels, in words.</param>
/// <param name="Classes">The Dice of each class but background with both; of what has no truth, the first is 1: they are held to one another.</param>
/// <param name="HasTruth">Whether they were compared with annotations.</param>
/// <param name="Before">Seconds the model took.</param>
/// <param name="After">Seconds it takes now.</param>
internal sealed record QuantiseComparison(string Where, IReadOnlyList<ClassChange> Classes, bool HasTruth, double Before, double After)
{
    /// <summary>The class that loses most.</summary>
    public ClassChange Worst => Classes.MaxBy(one => one.Loss)!;
}

/// <summary>One class.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">Its Dice with the model as it was.</param>
/// <param name="After">And with the quantised one.</param>
internal sealed record ClassChange(string Name, double Before, double After)
{
    /// <summary>What it lost.</summary>
    public double Loss => Before - After;
}
