using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Rewriting;

/// <summary>How one convolution is quantised.</summary>
/// <param name="Input">What the bytes of its input are worth.</param>
/// <param name="OutputAxis">
/// The axis of its weight, in PyTorch's order, that has the output channels, each of which has a scale: 0, or 1 of a transposed convolution.
/// </param>
public readonly record struct QuantisedLayer(Quantisation Input, int OutputAxis)
{
    /// <summary>Name of the scales of a weight.</summary>
    public static string ScalesOf(string weight) => $"{weight}_scale";
}
