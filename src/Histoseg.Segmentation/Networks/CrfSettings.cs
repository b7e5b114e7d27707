namespace Histoseg.Segmentation.Networks;

/// <summary>The fully connected CRF behind a network (<see cref="MeanFieldCrf"/>): section <c>crf</c> of a <see cref="NetworkDescription"/>.</summary>
/// <remarks>
/// The iterations are those of Zheng et al. 2015. The program that Krähenbühl and Koltun published with their paper of 2011 has an appearance kernel of
/// weight 10 and sigmas 60 and 20, and a smoothness kernel of weight 3 and sigma 3, for photographs. In tissue, whose colours change from nucleus to nucleus,
/// that joins far too much; docs/results.md has what either did to glands.
/// </remarks>
public sealed record CrfSettings
{
    /// <summary>
    /// Mean-field iterations in training; 1…20. Twice as many are made otherwise, as by Zheng et al.: gradients through many vanish, and more come nearer
    /// to the fixed point.
    /// </summary>
    [NetworkKey("mean-field iterations in training; twice as many otherwise", Least = 1, Most = 20)]
    public int Iterations { get; init; } = 5;

    /// <summary>First weight of the appearance kernel, which joins near pixels of like colour; 0…100.</summary>
    [NetworkKey("weight of the kernel that joins near pixels of like colour", Least = 0, Most = 100)]
    public double AppearanceWeight { get; init; } = 2;

    /// <summary>Standard deviation of the appearance kernel in the network's pixels; 1…1000.</summary>
    [NetworkKey("its reach, pixels of the network", Least = 1, Most = 1000)]
    public double AppearancePositionSigma { get; init; } = 5;

    /// <summary>Standard deviation of the appearance kernel in levels of 8-bit colours; 1…255.</summary>
    [NetworkKey("its reach in levels of 8-bit colours", Least = 1, Most = 255)]
    public double AppearanceColourSigma { get; init; } = 10;

    /// <summary>First weight of the smoothness kernel, which joins near pixels; 0…100.</summary>
    [NetworkKey("weight of the kernel that joins near pixels", Least = 0, Most = 100)]
    public double SmoothnessWeight { get; init; } = 1;

    /// <summary>Standard deviation of the smoothness kernel in the network's pixels; 1…1000.</summary>
    [NetworkKey("its reach, pixels of the network", Least = 1, Most = 1000)]
    public double SmoothnessSigma { get; init; } = 2;
}
