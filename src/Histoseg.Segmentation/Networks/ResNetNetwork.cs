namespace Histoseg.Segmentation.Networks;

/// <summary>What the paper's networks on a dilated ResNet have in common.</summary>
internal abstract class ResNetNetwork(NetworkDescription description, int classes, ResNetEncoder encoder) : Network(description, classes)
{
    /// <inheritdoc/>
    public override int OutputStride => ResNetEncoder.DilatedOutputStride;

    /// <summary>Its backbone.</summary>
    protected ResNetEncoder Encoder { get; } = encoder;

    /// <inheritdoc/>
    internal override string? ImageNetWeights => Encoder.Weights;
}
