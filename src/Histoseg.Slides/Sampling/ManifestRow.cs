namespace Histoseg.Slides.Sampling;

/// <summary>One slide or picture of a dataset.</summary>
/// <param name="Slide">The slide's or picture's path.</param>
/// <param name="Annotation">Its annotation file, or null.</param>
/// <param name="Mask">Its mask picture, or null. With neither, the slide is background throughout.</param>
/// <param name="Split">What it is used for; null until assigned (see <see cref="PatientSplit"/>).</param>
/// <param name="Patient">Whose it is; the slide's file name without extension where the dataset does not say.</param>
/// <param name="Mpp">µm per level-0 pixel, whatever the file itself tells, or null.</param>
/// <param name="AssumedMpp">µm per level-0 pixel to assume where nothing tells, or null.</param>
internal sealed record ManifestRow(
    string Slide, string? Annotation, string? Mask, DataSplit? Split, string Patient, double? Mpp, double? AssumedMpp = null)
{
    /// <summary>
    /// The annotation group outside which nothing of this slide counts, whatever the config names for the others; without such a region none of it does.
    /// Null: as the config has it.
    /// </summary>
    public string? Region { get; init; }
}
