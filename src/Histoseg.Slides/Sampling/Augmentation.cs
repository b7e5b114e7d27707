namespace Histoseg.Slides.Sampling;

/// <summary>What is done to one patch, drawn from its seed.</summary>
/// <param name="Symmetry">
/// Which of the eight symmetries of the square, 0 (none)…7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 swaps rows and columns after that.
/// </param>
/// <param name="Zoom">Above 1 a smaller piece is enlarged.</param>
/// <param name="Stain">The colour change, or null for none.</param>
/// <param name="BlurSigma">Standard deviation of the blur in pixels; 0 for none.</param>
internal sealed record Augmentation(int Symmetry, double Zoom, StainJitter? Stain, double BlurSigma)
{
    /// <summary>Nothing is changed.</summary>
    public static Augmentation None { get; } = new(0, 1, null, 0);

    /// <summary>Draws an augmentation.</summary>
    /// <param name="settings">What may happen.</param>
    /// <param name="seed">A seed always gives the same one.</param>
    public static Augmentation Draw(AugmentationSettings settings, ulong seed)
    {
        var random = new CounterRandom(seed);
        // Every number is drawn whether used or not, so that switching one kind off leaves the others as they were.
        var symmetry = random.Below(8);
        var zoom = settings.ScaleMin * Math.Pow(settings.ScaleMax / settings.ScaleMin, random.NextDouble());
        var blurred = random.Chance(settings.BlurProbability);
        var sigma = random.Range(0, settings.BlurSigma);
        var stain = settings.StainJitter > 0 ? StainJitter.Draw(settings.StainJitter, ref random) : null;
        return new Augmentation(settings.Flips ? symmetry : 0, zoom, stain, blurred ? sigma : 0);
    }

    /// <summary>Whether the blur is strong enough to be carried out.</summary>
    public bool IsBlurred => BlurSigma > 0.1;

    /// <summary>Side of the square to read so that it fills a patch after zooming.</summary>
    /// <param name="patchSize">Side of the patch, pixels.</param>
    public int SourceSize(int patchSize) => Math.Max(1, (int)Math.Round(patchSize / Zoom));
}
