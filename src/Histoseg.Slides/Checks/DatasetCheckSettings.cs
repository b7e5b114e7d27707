using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Checks;

/// <summary>How a dataset is to be used, as far as its check needs to know.</summary>
/// <param name="Map">Which annotation group becomes which label.</param>
/// <param name="MaskValues">Mask pixel value to label; null: the value is the label.</param>
/// <param name="OverrideMpp">µm per level-0 pixel to take instead of what slides tell, or null.</param>
/// <param name="NeedsScale">Whether a slide of unknown scale is an error; false where pictures are used at their own pixels.</param>
/// <param name="OverlayFolder">Where overlay pictures go, or null for none.</param>
/// <param name="Origin">Where annotations and masks are counted from on slides that tell which part was scanned.</param>
internal sealed record DatasetCheckSettings(
    ClassMap Map,
    IReadOnlyDictionary<byte, byte>? MaskValues = null,
    double? OverrideMpp = null,
    bool NeedsScale = true,
    string? OverlayFolder = null,
    CoordinateOrigin Origin = CoordinateOrigin.Auto);
