using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;

namespace Histoseg.Segmentation.Models;

/// <summary>How a model whose weights are in 8 bits is run: part of <c>model.json</c>.</summary>
public sealed record QuantisationDescription
{
    /// <summary>What it was calibrated on, in words.</summary>
    public string CalibratedOn { get; init; } = "";

    /// <summary>The quantised convolutions by the names of their weights.</summary>
    public required IReadOnlyDictionary<string, QuantisedLayerDescription> Layers { get; init; }

    /// <summary>The same as the engine takes it.</summary>
    internal IReadOnlyDictionary<string, QuantisedLayer> ToLayers() => Layers.ToDictionary(layer => layer.Key, layer => layer.Value.ToLayer());
}

/// <summary>One of them.</summary>
/// <param name="Scale">What a step of one byte of its input is worth.</param>
/// <param name="ZeroPoint">The byte of its input that is 0.</param>
/// <param name="OutputAxis">The axis of its weight that has the output channels, each of which has a scale: 0, or 1 of a transposed convolution.</param>
public sealed record QuantisedLayerDescription(float Scale, int ZeroPoint, int OutputAxis)
{
    /// <summary>Whether all is in range.</summary>
    internal bool IsValid => OutputAxis is 0 or 1 && new Quantisation(Scale, ZeroPoint).IsValid;

    internal QuantisedLayer ToLayer() => new(new(Scale, ZeroPoint), OutputAxis);
}
