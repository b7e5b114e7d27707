using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>How a slide is cut into patches and put together again.</summary>
internal sealed record SlideSegmentationSettings
{
    /// <summary>
    /// The share of a patch's side that it has in common with its neighbour, 0 to 0.9. More overlap costs time (0.5: four patches see every pixel) and
    /// hides the patches' edges better.
    /// </summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Averages the probabilities over the 8 flips and rotations of every patch: eight times the work.</summary>
    public bool Tta { get; init; }

    /// <summary>A patch whose every pixel has R, G and B above this is white background and is not segmented. 255 segments every patch.</summary>
    public byte TissueThreshold { get; init; } = 220;

    /// <summary>What counts as tissue. With <see cref="TissueRule.Otsu"/> a patch without any tissue is background, whatever the threshold.</summary>
    public TissueRule TissueRule { get; init; }

    /// <summary>Where the grid of patches starts, in view pixels; the labels should not depend on it.</summary>
    public (int X, int Y) Origin { get; init; }

    /// <summary>The distance between patches, in view pixels.</summary>
    /// <param name="patchSize">Side of the square patch in pixels.</param>
    /// <exception cref="SlideError">The overlap is out of its range.</exception>
    public int Stride(int patchSize) => Overlap is >= 0 and <= 0.9
        ? Math.Max(1, (int)Math.Round(patchSize * (1 - Overlap)))
        : throw new SlideError(FormattableString.Invariant($"overlap {Overlap} is not a share of the patch from 0 to 0.9; 0.5 is usual"));
}
