using System.Buffers;

namespace Histoseg.Slides.Sampling;

/// <summary>
/// Carries out augmentations on the processor: picture and labels are zoomed and turned together, then the picture's colours are changed and blurred.
/// </summary>
public static class Augmenter
{
    /// <summary>Makes a patch from the square that was read for it.</summary>
    /// <param name="augmentation">What to do.</param>
    /// <param name="sourceRgb">Side² × 3 bytes, the side being <see cref="Augmentation.SourceSize"/>.</param>
    /// <param name="sourceLabels">Side² labels.</param>
    /// <param name="patchSize">Side of the patch, pixels.</param>
    /// <param name="rgb">Receives the picture, patchSize² × 3 bytes; must not overlap the source.</param>
    /// <param name="labels">Receives the labels, patchSize² bytes.</param>
    public static void Apply(
        Augmentation augmentation, ReadOnlySpan<byte> sourceRgb, ReadOnlySpan<byte> sourceLabels, int patchSize, Span<byte> rgb, Span<byte> labels)
    {
        var (pixels, size) = (patchSize * patchSize, augmentation.SourceSize(patchSize));
        rgb = rgb[..(pixels * 3)];
        labels = labels[..pixels];
        if (size == patchSize)
        {
            SquareSymmetry.Apply(augmentation.Symmetry, patchSize, 3, sourceRgb, rgb);
            SquareSymmetry.Apply(augmentation.Symmetry, patchSize, 1, sourceLabels, labels);
        }
        else
        {
            var zoomed = ArrayPool<byte>.Shared.Rent(pixels * 3);
            SquareResize.Bilinear(sourceRgb, size, zoomed, patchSize);
            SquareSymmetry.Apply(augmentation.Symmetry, patchSize, 3, zoomed, rgb);
            SquareResize.Nearest(sourceLabels, size, zoomed, patchSize);
            SquareSymmetry.Apply(augmentation.Symmetry, patchSize, 1, zoomed, labels);
            ArrayPool<byte>.Shared.Return(zoomed);
        }
        augmentation.Stain?.Apply(rgb);
        if (augmentation.IsBlurred) GaussianBlur.Apply(rgb, patchSize, augmentation.BlurSigma);
    }

    /// <summary>Carries out the zoom alone; the rest is left to a device that is given <see cref="AugmentationRow"/>.</summary>
    /// <param name="augmentation">What to do.</param>
    /// <param name="sourceRgb">Side² × 3 bytes, the side being <see cref="Augmentation.SourceSize"/>.</param>
    /// <param name="sourceLabels">Side² labels.</param>
    /// <param name="patchSize">Side of the patch, pixels.</param>
    /// <param name="rgb">Receives the picture, patchSize² × 3 bytes; must not overlap the source.</param>
    /// <param name="labels">Receives the labels, patchSize² bytes.</param>
    public static void Zoom(
        Augmentation augmentation, ReadOnlySpan<byte> sourceRgb, ReadOnlySpan<byte> sourceLabels, int patchSize, Span<byte> rgb, Span<byte> labels)
    {
        var (pixels, size) = (patchSize * patchSize, augmentation.SourceSize(patchSize));
        if (size == patchSize)
        {
            sourceRgb[..(pixels * 3)].CopyTo(rgb);
            sourceLabels[..pixels].CopyTo(labels);
            return;
        }
        SquareResize.Bilinear(sourceRgb, size, rgb, patchSize);
        SquareResize.Nearest(sourceLabels, size, labels, patchSize);
    }
}
