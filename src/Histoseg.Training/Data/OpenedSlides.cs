using Histoseg.Slides;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Data;

/// <summary>Slides of a dataset, open, at the scale of a config and with their truth.</summary>
internal sealed class OpenedSlides : IDisposable
{
    private readonly List<(OpenedSlide Opened, DatasetSlide Slide, DataSplit Split)> _slides = [];

    /// <summary>The slides, in the manifest's order.</summary>
    public IReadOnlyList<DatasetSlide> Slides => [.. _slides.Select(one => one.Slide)];

    /// <summary>Their own µm per pixel, in the same order; null where none is told.</summary>
    public IReadOnlyList<double?> Scales => [.. _slides.Select(one => one.Opened.ScaleIfKnown?.MicronsPerPixel)];

    /// <summary>Those of one split.</summary>
    public IReadOnlyList<(OpenedSlide Opened, DatasetSlide Slide)> Of(DataSplit split) =>
        [.. _slides.Where(one => one.Split == split).Select(one => (one.Opened, one.Slide))];

    /// <summary>Opens the slides of a split.</summary>
    /// <param name="config">Scale, classes and rules of the truth.</param>
    /// <param name="manifest">All slides of the dataset, of which names are made that tell them apart.</param>
    /// <param name="split">Which are opened; may be none.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <exception cref="SlideError">Slides, annotations or masks are missing or wrong: all of them, the first in the message.</exception>
    public static OpenedSlides Of(TrainConfig config, Manifest manifest, DataSplit split, CancellationToken cancel) =>
        Open(config, manifest, [split], _ => { }, cancel);

    /// <summary>Opens the slides of some splits. What is wrong with the files is told before a slide is opened, and of all of them at once.</summary>
    /// <param name="config">Scale, classes and rules of the truth.</param>
    /// <param name="manifest">All slides of the dataset, of which names are made that tell them apart.</param>
    /// <param name="splits">Which are opened.</param>
    /// <param name="warn">Told what is odd, a line each.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <exception cref="SlideError">As of <see cref="Of(TrainConfig, Manifest, DataSplit, CancellationToken)"/>.</exception>
    public static OpenedSlides Open(TrainConfig config, Manifest manifest, IReadOnlyCollection<DataSplit> splits, Action<string> warn, CancellationToken cancel)
    {
        var settings = config.ToSlideSettings();
        var rows = manifest.Rows.Zip(SlideNames.Unique([.. manifest.Rows.Select(row => row.Slide)]))
            .Where(pair => pair.First.Split is { } split && splits.Contains(split)).ToList();
        var files = DatasetFiles.Read(manifest.Path, rows.Select(pair => pair.First), settings.Map, cancel);
        Finding.RequireNoError(files.Findings);
        var (opened, findings) = (new OpenedSlides(), new List<Finding>());
        try
        {
            foreach (var (row, name) in rows)
            {
                cancel.ThrowIfCancellationRequested();
                var open = () => OpenedSlide.Open(row, settings, name, files.AnnotationOf(row));
                if (SlideRules.Open(row.Slide, open, settings.Map, settings.TargetMpp is not null, findings) is { } slide)
                    opened._slides.Add((slide, new DatasetSlide(slide.Name, slide.View, slide.Labels) { Patient = row.Patient }, row.Split!.Value));
            }
            Finding.RequireNoError(findings);
            foreach (var warning in findings)
                warn(warning.Message);
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
        foreach (var (slide, _, _) in _slides)
            slide.Dispose();
    }
}
