using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Data;

/// <summary>The slides of one split, open, at the scale of a config and with their truth.</summary>
internal sealed class OpenedSlides : IDisposable
{
    private readonly List<OpenedSlide> _opened = [];
    private readonly List<DatasetSlide> _slides = [];

    /// <summary>The slides, in the manifest's order.</summary>
    public IReadOnlyList<DatasetSlide> Slides => _slides;

    /// <summary>Opens them.</summary>
    /// <param name="config">Scale, classes and rules of the truth.</param>
    /// <param name="manifest">All slides of the dataset, of which names are made that tell them apart.</param>
    /// <param name="split">Which are opened; may be none.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <exception cref="SlideError">A slide, annotation or mask is missing or wrong.</exception>
    public static OpenedSlides Of(TrainConfig config, Manifest manifest, DataSplit split, CancellationToken cancel)
    {
        var opened = new OpenedSlides();
        try
        {
            var settings = config.ToSlideSettings();
            foreach (var (row, name) in manifest.Rows.Zip(SlideNames.Unique([.. manifest.Rows.Select(row => row.Slide)]))
                .Where(pair => pair.First.Split == split))
            {
                cancel.ThrowIfCancellationRequested();
                var slide = OpenedSlide.Open(row, settings, name);
                opened._opened.Add(slide);
                var labels = slide.Labels; // what is wrong with the truth is told before a missing scale
                opened._slides.Add(new DatasetSlide(slide.Name, slide.View, labels));
            }
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slide in _opened)
            slide.Dispose();
    }
}
