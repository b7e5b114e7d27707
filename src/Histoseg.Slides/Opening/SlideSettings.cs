using Histoseg.Slides.Annotations;
using Histoseg.Slides.Formats;

namespace Histoseg.Slides.Opening;

/// <summary>How the slides of a task are looked at, the same for all of them.</summary>
/// <param name="Map">Which annotation group becomes which label.</param>
/// <param name="MaskValues">Mask pixel value to label; null: the value is the label.</param>
/// <param name="TargetMpp">µm per pixel of the views; null: the pictures' own pixels, and their scale does not matter.</param>
/// <param name="OverrideMpp">µm per level-0 pixel to take instead of what slides tell, or null.</param>
/// <param name="Limit">How large a picture is read; null: <see cref="PictureLimit.Default"/>.</param>
/// <param name="Origin">Where annotations and masks are counted from on slides that tell which part was scanned.</param>
internal sealed record SlideSettings(
    ClassMap Map,
    IReadOnlyDictionary<byte, byte>? MaskValues = null,
    double? TargetMpp = null,
    double? OverrideMpp = null,
    CoordinateOrigin Origin = CoordinateOrigin.Auto,
    PictureLimit? Limit = null);
