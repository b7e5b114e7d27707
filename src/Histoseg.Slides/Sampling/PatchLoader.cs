using System.Buffers;
using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Sampling;

/// <summary>
/// Reads, labels and zooms requested patches, and draws how else each is varied: an <see cref="AugmentationRow"/> for the tape. Thread-safe.
/// </summary>
/// <param name="dataset">The slides.</param>
/// <param name="settings">How patches are varied.</param>
internal sealed class PatchLoader(SlideDataset dataset, AugmentationSettings settings)
{
    private long _unreadable;

    /// <summary>Side of the patches, pixels.</summary>
    public int PatchSize => dataset.Grid.PatchSize;

    /// <summary>Number of classes.</summary>
    public int Classes => dataset.Grid.Classes;

    /// <summary>Numbers of a patch's <see cref="AugmentationRow"/>.</summary>
    public int RowLength { get; } = AugmentationRow.Length(settings);

    /// <summary>Patches so far that lay in part on corrupt tiles and were given as ignored.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Loads a patch. The same request gives the same bytes.</summary>
    /// <param name="request">Which patch.</param>
    /// <param name="rgb">Receives PatchSize² × 3 bytes.</param>
    /// <param name="labels">Receives PatchSize² labels; <see cref="ClassMap.Ignore"/> outside the slide, and throughout if part of the patch cannot be
    /// read.</param>
    /// <param name="row">Receives <see cref="RowLength"/> numbers.</param>
    /// <returns>False if part of the patch cannot be read.</returns>
    public bool Load(PatchRequest request, Span<byte> rgb, Span<byte> labels, Span<float> row)
    {
        var augmentation = Augmentation.Draw(settings, request.AugmentSeed);
        var slide = dataset.Slides[request.Slide];
        var size = augmentation.SourceSize(PatchSize);
        var off = (PatchSize - size) / 2;
        var sourceRgb = ArrayPool<byte>.Shared.Rent(size * size * 3);
        var sourceLabels = ArrayPool<byte>.Shared.Rent(size * size);
        try
        {
            var readable = slide.View.Read(request.X + off, request.Y + off, size, size, sourceRgb.AsSpan(0, size * size * 3));
            if (readable)
                slide.Labels.Paint(request.X + off, request.Y + off, size, size, slide.View.Downsample, sourceLabels.AsSpan(0, size * size));
            else
            {
                sourceLabels.AsSpan(0, size * size).Fill(ClassMap.Ignore);
                Interlocked.Increment(ref _unreadable);
            }
            SquareResize.Bilinear(sourceRgb, size, rgb, PatchSize);
            SquareResize.Nearest(sourceLabels, size, labels, PatchSize);
            AugmentationRow.Write(augmentation, row);
            return readable;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sourceRgb);
            ArrayPool<byte>.Shared.Return(sourceLabels);
        }
    }
}
