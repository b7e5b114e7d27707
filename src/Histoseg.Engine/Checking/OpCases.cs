namespace Histoseg.Engine.Checking;

/// <summary>Every operation's case list. Each operation adds its own in its folder.</summary>
public static partial class OpCases
{
    /// <summary>All cases, in order of the operations' names.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Elementwise(), .. NormalisePixels(), .. AugmentPixels(), .. Conv2d(), .. ConvTranspose2d(), .. ChannelSum(), .. Gicn(), .. BatchNorm(), .. Pooling(), .. PyramidPool(),
        .. MaxPool2d(), .. BilinearResize(), .. Softmax(), .. LatticeFilter(), .. SegmentationLoss(),
    ];
}
