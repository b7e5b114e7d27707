namespace Histoseg.Segmentation.Networks;

/// <summary>The fully connected CRF behind a network (<see cref="MeanFieldCrf"/>): section <c>network.crf</c> of a config, <c>crf</c> of a model description.</summary>
/// <remarks>Weights and sigmas are those of the program that Krähenbühl and Koltun published with their paper of 2011, the iterations those of Zheng et al. 2015.</remarks>
public sealed record CrfSettings
{
    /// <summary>Mean-field iterations in training; 1…20. Twice as many are made otherwise, as by Zheng et al.: gradients through many vanish, and more come nearer to the fixed point.</summary>
    public int Iterations { get; init; } = 5;

    /// <summary>First weight of the appearance kernel, which joins near pixels of like colour; 0…100.</summary>
    public double AppearanceWeight { get; init; } = 10;

    /// <summary>Standard deviation of the appearance kernel in the network's pixels; 1…1000.</summary>
    public double AppearancePositionSigma { get; init; } = 60;

    /// <summary>Standard deviation of the appearance kernel in levels of 8-bit colours; 1…255.</summary>
    public double AppearanceColourSigma { get; init; } = 20;

    /// <summary>First weight of the smoothness kernel, which joins near pixels; 0…100.</summary>
    public double SmoothnessWeight { get; init; } = 3;

    /// <summary>Standard deviation of the smoothness kernel in the network's pixels; 1…1000.</summary>
    public double SmoothnessSigma { get; init; } = 3;

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
