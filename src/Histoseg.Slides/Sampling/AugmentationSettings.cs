namespace Histoseg.Slides.Sampling;

/// <summary>How patches are varied.</summary>
internal sealed record AugmentationSettings
{
    /// <summary>Nothing is changed.</summary>
    public static AugmentationSettings None { get; } = new() { Flips = false, StainJitter = 0, ScaleMin = 1, ScaleMax = 1, BlurProbability = 0 };

    /// <summary>The eight flips and quarter turns.</summary>
    public bool Flips { get; init; } = true;

    /// <summary>
    /// Strength σ of the stain change, 0…1: each stain of HED space is multiplied by a factor in 1 ± σ and shifted by ± σ optical-density units.
    /// </summary>
    public double StainJitter { get; init; } = 0.05;

    /// <summary>Smallest zoom, above 0; below 1 things look smaller.</summary>
    public double ScaleMin { get; init; } = 0.9;

    /// <summary>Largest zoom, at least <see cref="ScaleMin"/>.</summary>
    public double ScaleMax { get; init; } = 1.1;

    /// <summary>Share of patches that are blurred, 0…1.</summary>
    public double BlurProbability { get; init; } = 0.1;

    /// <summary>Largest standard deviation of the blur, pixels.</summary>
    public double BlurSigma { get; init; } = 1;
}
