using Histoseg.Slides.Formats;

namespace Histoseg.Segmentation.Inference;

/// <summary>How slides are segmented and what is written.</summary>
public sealed record SegmentationSettings : LabelSettings
{
    /// <summary>Files wanted per slide; at least one.</summary>
    public IReadOnlyList<OutputKind> Outputs { get; init; } = OutputKinds.Usual;

    /// <summary>Segments slides again that are done, and replaces files that belong to another slide of the same name.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Tries slides again that failed before with the same model and settings, and whose file has not changed since. If not, they have failed again at once.
    /// </summary>
    public bool RetryFailed { get; init; } = true;

    /// <summary>The largest picture that has to be decoded in one piece, 10⁶ pixels, 1 to 100 000; tiled slides may be larger.</summary>
    public int MaxMegapixels { get; init; } = PictureLimit.Default.Megapixels;
}
