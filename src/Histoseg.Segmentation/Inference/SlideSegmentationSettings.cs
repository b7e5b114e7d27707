using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>How a slide is cut into patches and put together again.</summary>
internal sealed record SlideSegmentationSettings : LabelSettings
{
    /// <summary>The defaults.</summary>
    public SlideSegmentationSettings() { }

    /// <summary>All that decides the labels of a batch's slides.</summary>
    public SlideSegmentationSettings(LabelSettings settings) : base(settings) { }

    /// <summary>Where the grid of patches starts, in view pixels; the labels should not depend on it.</summary>
    public (int X, int Y) Origin { get; init; }

    /// <summary>Whether all of the level is read, what a low level shows as white too; the labels should not depend on it.</summary>
    public bool ReadsBlank { get; init; }

    /// <summary>The distance between patches, in view pixels.</summary>
    /// <param name="patchSize">Side of the square patch in pixels.</param>
    /// <exception cref="SlideError">The overlap is out of its range.</exception>
    public int Stride(int patchSize) => Overlap is >= 0 and <= 0.9
        ? Math.Max(1, (int)Math.Round(patchSize * (1 - Overlap)))
        : throw new SlideError(FormattableString.Invariant($"overlap {Overlap} is not a share of the patch from 0 to 0.9; 0.5 is usual"));
}
