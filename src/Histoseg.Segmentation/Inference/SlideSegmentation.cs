using System.Diagnostics;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments whole slides patch by patch, blends the overlaps, and hands out finished rows from top to bottom.</summary>
/// <remarks>
/// Memory is one patch-high band of width × classes floats, whatever the slide's height. Pixels that no readable patch covers get label 255;
/// patches without tissue count as background with full confidence. The result depends on nothing but the slide, the segmenter and the settings.
/// </remarks>
internal sealed class SlideSegmentation
{
    private readonly IPatchSegmenter _segmenter;
    private readonly SlideSegmentationSettings _settings;
    private readonly int _stride;

    /// <summary>Prepares segmenting with <paramref name="segmenter"/>, which the caller keeps owning.</summary>
    /// <exception cref="SlideError">The patch size is not a multiple of the output stride, or a setting is out of its range.</exception>
    public SlideSegmentation(IPatchSegmenter segmenter, SlideSegmentationSettings? settings = null)
    {
        _settings = settings ?? new();
        var lattice = segmenter.OutputStride;
        if (segmenter.PatchSize < lattice || segmenter.PatchSize % lattice != 0)
            throw new SlideError($"patch size {segmenter.PatchSize} is not a multiple of {lattice}, which the network's stride asks for; "
                + $"{Math.Max(lattice, (segmenter.PatchSize + lattice / 2) / lattice * lattice)} would be");
        _stride = _settings.Stride(segmenter.PatchSize);
        _segmenter = segmenter;
    }

    /// <summary>Begins to read a slide, which stays the caller's.</summary>
    /// <param name="view">The slide at the model's scale.</param>
    /// <param name="cancellation">Stops.</param>
    public SlideReading Read(SlideView view, CancellationToken cancellation = default)
    {
        var size = _segmenter.PatchSize;
        var columns = new TileAxis(view.Width, size, _stride, _segmenter.OutputStride, _settings.Origin.X);
        var rows = new TileAxis(view.Height, size, _stride, _segmenter.OutputStride, _settings.Origin.Y);
        return new(view, columns, rows, new(view, columns, rows, size, _segmenter.BatchSize, _settings.TissueRule, _settings.TissueThreshold,
            _segmenter.Readers, _settings.ReadsBlank, cancellation));
    }

    /// <summary>Reads and segments one slide; see the other of this name.</summary>
    public SlideSegmentationResult Run(SlideView view, IReadOnlyList<ILabelRows> labels, IReadOnlyList<ILabelRows>? foreground = null,
        CancellationToken cancellation = default, IReadOnlyList<ILabelRows>? shares = null)
    {
        using var reading = Read(view, cancellation);
        return Run(reading, labels, foreground, null, cancellation, shares);
    }

    /// <summary>Segments one slide.</summary>
    /// <param name="reading">The slide.</param>
    /// <param name="labels">Receive the label map, of the view's width and height: the likeliest class, of equals the lower; 255 where nothing was readable.
    /// The caller completes and disposes them.</param>
    /// <param name="foreground">Receive the heat map of the same size: 255·(1 − probability of class 0), rounded; 0 where nothing was readable.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="shares">Receive the probabilities of all classes, a byte for each of each pixel; 0 where nothing was readable.</param>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancellation"/>.</exception>
    /// <exception cref="SlideError">The slide cannot be read, or the network's answers are not numbers.</exception>
    public SlideSegmentationResult Run(
        SlideReading reading,
        IReadOnlyList<ILabelRows> labels,
        IReadOnlyList<ILabelRows>? foreground = null,
        IProgress<SlideProgress>? progress = null,
        CancellationToken cancellation = default,
        IReadOnlyList<ILabelRows>? shares = null)
    {
        var clock = Stopwatch.StartNew();
        var (view, columns, rows, reader) = reading;
        var sinks = new RowSinks(labels, foreground ?? [], shares ?? []);
        using var blending = new TileBlending(view, _segmenter, columns, rows, reader.Blocks, sinks, _settings.Tta);
        var counts = new long[Enum.GetValues<PatchKind>().Length];
        var total = (long)columns.Starts.Count * rows.Starts.Count;

        var waiting = Stopwatch.StartNew();
        foreach (var batch in reader.Batches())
        {
            waiting.Stop();
            cancellation.ThrowIfCancellationRequested();
            if (batch.Patches.Count > 0)
                blending.Segment(batch.Patches);
            foreach (var place in batch.Places)
            {
                int x = columns.Starts[place.Column], y = rows.Starts[place.Row];
                blending.FinishRows(y); // nothing that is still to come reaches above this patch
                counts[(int)place.Kind]++;
                if (place.Kind == PatchKind.Tissue)
                    blending.Add(place.Slot, x, y, place.Column, place.Row);
                else if (place.Kind is PatchKind.White or PatchKind.Blank)
                    blending.AddBackground(x, y, place.Column, place.Row);
            }
            progress?.Report(new(counts.Sum(), total, counts[(int)PatchKind.Tissue] / Math.Max(1e-9, clock.Elapsed.TotalSeconds)));
            waiting.Start();
        }
        waiting.Stop();
        blending.FinishRows(view.Height);
        return new(view.Width, view.Height, total, counts[(int)PatchKind.Tissue], counts[(int)PatchKind.White] + counts[(int)PatchKind.Blank],
            counts[(int)PatchKind.Unreadable], blending.UnreadablePixels, blending.PeakRows, clock.Elapsed)
        {
            BlankPatches = counts[(int)PatchKind.Blank],
            Times = new(waiting.Elapsed, clock.Elapsed - waiting.Elapsed - blending.Writing, blending.Writing),
        };
    }
}
