namespace Histoseg.Segmentation.Networks;

/// <summary>What the networks on the dilated ResNet-50 have in common.</summary>
internal abstract class ResNet50Network(NetworkDescription description, int classes) : Network(description, classes)
{
    /// <inheritdoc/>
    public override int OutputStride => ResNet50Encoder.OutputStride;
}
