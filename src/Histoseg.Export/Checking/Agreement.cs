namespace Histoseg.Export.Checking;

/// <summary>How well an exported file and the model agree.</summary>
/// <param name="Difference">Largest difference between the probabilities of ONNX Runtime and ours, both in float32.</param>
/// <param name="Rounding">Where that is more than <see cref="Verification.Tolerance"/>: how far our own float32 is from float64; otherwise 0. Of a
/// model in 8 bits what its steps make of the probabilities, on average.</param>
internal readonly record struct Agreement(double Difference, double Rounding)
{
    /// <summary>The worse of both in each respect.</summary>
    public Agreement Or(Agreement other) => new(Math.Max(Difference, other.Difference), Math.Max(Rounding, other.Rounding));
}
