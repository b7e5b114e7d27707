namespace Histoseg.Segmentation.Networks;

/// <summary>The fully connected CRF behind a network (<see cref="MeanFieldCrf"/>): section <c>network.crf</c> of a config, <c>crf</c> of a model description.</summary>
/// <remarks>
/// The iterations are those of Zheng et al. 2015. The program that Krähenbühl and Koltun published with their paper of 2011 has an appearance kernel of
/// weight 10 and sigmas 60 and 20, and a smoothness kernel of weight 3 and sigma 3, for photographs. In tissue, whose colours change from nucleus to nucleus,
/// that joins far too much; docs/results.md has what either did to glands.
/// </remarks>
public sealed record CrfSettings
{
    /// <summary>Mean-field iterations in training; 1…20. Twice as many are made otherwise, as by Zheng et al.: gradients through many vanish, and more come nearer to the fixed point.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>First weight of the appearance kernel, which joins near pixels of like colour; 0…100.</summary>
    public double AppearanceWeight { get; init; } = 2;

    /// <summary>Standard deviation of the appearance kernel in the network's pixels; 1…1000.</summary>
    public double AppearancePositionSigma { get; init; } = 5;

    /// <summary>Standard deviation of the appearance kernel in levels of 8-bit colours; 1…255.</summary>
    public double AppearanceColourSigma { get; init; } = 10;

    /// <summary>First weight of the smoothness kernel, which joins near pixels; 0…100.</summary>
    public double SmoothnessWeight { get; init; } = 1;

    /// <summary>Standard deviation of the smoothness kernel in the network's pixels; 1…1000.</summary>
    public double SmoothnessSigma { get; init; } = 2;

    /// <summary>The keys out of range, each with its value and range.</summary>
    public IEnumerable<(string Key, double Value, double Least, double Most)> WhatIsOutOfRange() => new (string, double, double, double)[]
    {
        ("iterations", Iterations, 1, 20),
        ("appearance_weight", AppearanceWeight, 0, 100),
        ("appearance_position_sigma", AppearancePositionSigma, 1, 1000),
        ("appearance_colour_sigma", AppearanceColourSigma, 1, 255),
        ("smoothness_weight", SmoothnessWeight, 0, 100),
        ("smoothness_sigma", SmoothnessSigma, 1, 1000),
    }.Where(key => !(key.Item2 >= key.Item3 && key.Item2 <= key.Item4)); // so that NaN is out of range
}
