using System.Diagnostics;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments whole slides patch by patch, blends the overlaps, and hands out finished rows from top to bottom.</summary>
/// <remarks>
/// Memory is one patch-high band of width × classes floats, whatever the slide's height. Pixels that no readable patch covers get label 255;
/// patches without tissue count as background with full confidence. The result depends on nothing but the slide, the segmenter and the settings.
/// </remarks>
public sealed class SlideSegmentation
{
    private const int RowsPerWrite = 64;
    private readonly IPatchSegmenter _segmenter;
    private readonly SlideSegmentationSettings _settings;
    private readonly int _stride;

    /// <summary>Prepares segmenting with <paramref name="segmenter"/>, which the caller keeps owning.</summary>
    /// <exception cref="SlideError">The patch size is not a multiple of 8, or a setting is out of its range.</exception>
    public SlideSegmentation(IPatchSegmenter segmenter, SlideSegmentationSettings? settings = null)
    {
        _settings = settings ?? new();
        if (segmenter.PatchSize < 8 || segmenter.PatchSize % 8 != 0)
            throw new SlideError($"patch size {segmenter.PatchSize} is not a multiple of 8, which the network's stride asks for; {Math.Max(8, (segmenter.PatchSize + 4) / 8 * 8)} would be");
        _stride = _settings.Stride(segmenter.PatchSize);
        _segmenter = _settings.Tta ? new TestTimeAugmentation(segmenter) : segmenter;
    }

    /// <summary>Segments one slide.</summary>
    /// <param name="view">The slide at the model's scale.</param>
    /// <param name="labels">Receive the label map, view.Width × view.Height: the likeliest class, of equals the lower; 255 where nothing was readable. The caller completes and disposes them.</param>
    /// <param name="foreground">Receive the heat map of the same size: 255·(1 − probability of class 0), rounded; 0 where nothing was readable.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancellation"/>.</exception>
    /// <exception cref="SlideError">The slide cannot be read, or the network's answers are not numbers.</exception>
    public SlideSegmentationResult Run(
        SlideView view,
        IReadOnlyList<ILabelRows> labels,
        IReadOnlyList<ILabelRows>? foreground = null,
        IProgress<SlideProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        int size = _segmenter.PatchSize, classes = _segmenter.Classes;
        var columns = new TileAxis(view.Width, size, _stride, _settings.Origin.X);
        var rows = new TileAxis(view.Height, size, _stride, _settings.Origin.Y);
        var band = new BandAccumulator(view.Width, classes, size, columns);
        var output = new RowOutput(view, band, classes, labels, foreground ?? []);
        var probabilities = new float[checked(_segmenter.BatchSize * size * size * classes)];
        var patch = size * size * classes;
        var counts = new long[3];
        var total = (long)columns.Starts.Count * rows.Starts.Count;

        using var reader = new PatchReader(view, columns, rows, size, _segmenter.BatchSize, _settings.TissueRule, _settings.TissueThreshold, cancellation);
        foreach (var batch in reader.Batches())
        {
            cancellation.ThrowIfCancellationRequested();
            if (batch.Count > 0)
                _segmenter.Segment(batch.Rgb.AsSpan(0, batch.Count * size * size * 3), batch.Count, probabilities.AsSpan(0, batch.Count * patch));
            foreach (var place in batch.Places)
            {
                int x = columns.Starts[place.Column], y = rows.Starts[place.Row];
                output.WriteUpTo(y); // nothing that is still to come reaches above this patch
                counts[(int)place.Kind]++;
                if (place.Kind == PatchKind.Tissue)
                    band.Add(x, y, place.Column, rows.Weights[place.Row], size, probabilities.AsSpan(place.Slot * patch, patch));
                else if (place.Kind == PatchKind.White)
                    band.AddBackground(x, y, place.Column, rows.Weights[place.Row]);
            }
            progress?.Report(new(counts.Sum(), total, counts[(int)PatchKind.Tissue] / Math.Max(1e-9, clock.Elapsed.TotalSeconds)));
        }
        output.WriteUpTo(view.Height);
        return new(view.Width, view.Height, total, counts[(int)PatchKind.Tissue], counts[(int)PatchKind.White], counts[(int)PatchKind.Unreadable], output.UnreadablePixels, band.PeakRows, clock.Elapsed);
    }

    /// <summary>Turns finished sums into bytes and passes them on.</summary>
    private sealed class RowOutput(SlideView view, BandAccumulator band, int classes, IReadOnlyList<ILabelRows> labelSinks, IReadOnlyList<ILabelRows> foregroundSinks)
    {
        private readonly byte[] _labels = new byte[checked(RowsPerWrite * view.Width)];
        private readonly byte[] _foreground = new byte[foregroundSinks.Count == 0 ? 0 : checked(RowsPerWrite * view.Width)];
        private int _next;

        public long UnreadablePixels { get; private set; }

        public void WriteUpTo(int end)
        {
            while (_next < end)
            {
                var count = Math.Min(RowsPerWrite, end - _next);
                for (var j = 0; j < count; j++)
                    Decide(band.Sums(_next + j), j * view.Width);
                foreach (var sink in labelSinks)
                    sink.Write(_labels.AsSpan(0, count * view.Width));
                foreach (var sink in foregroundSinks)
                    sink.Write(_foreground.AsSpan(0, count * view.Width));
                _next += count;
                band.Release(_next);
            }
        }

        private void Decide(ReadOnlySpan<float> sums, int at)
        {
            for (var x = 0; x < view.Width; x++)
            {
                var pixel = sums.Slice(x * classes, classes);
                var best = 0;
                var weight = pixel[0];
                for (var c = 1; c < classes; c++)
                {
                    weight += pixel[c];
                    if (pixel[c] > pixel[best])
                        best = c;
                }
                if (float.IsNaN(weight))
                    throw new SlideError($"{view.Slide.Path}: the network's answers are not numbers (NaN); the model is damaged or its training diverged");
                var seen = weight > 0;
                _labels[at + x] = seen ? (byte)best : ClassMap.Ignore;
                if (!seen)
                    UnreadablePixels++;
                if (_foreground.Length > 0)
                    _foreground[at + x] = seen ? (byte)(255 * Math.Clamp(1 - pixel[0] / weight, 0, 1) + 0.5f) : (byte)0;
            }
        }
    }
}
