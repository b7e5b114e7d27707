namespace Histoseg.Segmentation.Inference;

/// <summary>What segmenting one slide took.</summary>
/// <param name="Width">Width of the label map in pixels.</param>
/// <param name="Height">Height of the label map in pixels.</param>
/// <param name="Patches">Patches of the whole grid.</param>
/// <param name="SegmentedPatches">Patches that went through the network.</param>
/// <param name="WhitePatches">Patches skipped as background without tissue.</param>
/// <param name="UnreadablePatches">Patches touching a corrupt tile.</param>
/// <param name="UnreadablePixels">Pixels labelled 255, because no readable patch covers them.</param>
/// <param name="PeakBufferRows">The most rows of probabilities held at once: the side of a patch, whatever the slide's height.</param>
/// <param name="Elapsed">Time from the first read to the last row.</param>
public sealed record SlideSegmentationResult(
    int Width,
    int Height,
    long Patches,
    long SegmentedPatches,
    long WhitePatches,
    long UnreadablePatches,
    long UnreadablePixels,
    int PeakBufferRows,
    TimeSpan Elapsed)
{
    /// <summary>Of the white patches those that a low level shows as white, and that were not read.</summary>
    public long BlankPatches { get; init; }

    /// <summary>Where the time of the slide went, from opening it to the last file.</summary>
    public SlideTimes Times { get; init; }

    /// <summary>Segmented patches per second.</summary>
    public double PatchesPerSecond => Elapsed.TotalSeconds > 0 ? SegmentedPatches / Elapsed.TotalSeconds : 0;
}
