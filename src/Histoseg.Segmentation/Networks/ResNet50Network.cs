namespace Histoseg.Segmentation.Networks;

/// <summary>What the networks on the dilated ResNet-50 have in common.</summary>
public abstract class ResNet50Network(NetworkSettings settings) : Network
{
    /// <inheritdoc/>
    public override NetworkSettings Settings => settings;

    /// <inheritdoc/>
    public override int OutputStride => 8;
}
