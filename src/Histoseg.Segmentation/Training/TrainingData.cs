using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Training;

/// <summary>The opened slides of a run: what is sampled from, and what is validated on.</summary>
public sealed class TrainingData : IDisposable
{
    private readonly List<ISlide> _opened = [];

    private TrainingData(ClassMap map) => Map = map;

    /// <summary>How annotations become labels.</summary>
    public ClassMap Map { get; }

    /// <summary>The slides to train on and their patches.</summary>
    public SlideDataset Training { get; private set; } = null!;

    /// <summary>The slides to validate on; empty when the manifest has none.</summary>
    public IReadOnlyList<DatasetSlide> Validation { get; private set; } = [];

    /// <summary>Opens every slide of the config's manifest or folders and lists the patches.</summary>
    /// <exception cref="SlideError">A slide, annotation or mask is missing or wrong.</exception>
    public static TrainingData Open(TrainConfig config, CancellationToken cancel)
    {
        var data = new TrainingData(config.ToClassMap());
        try
        {
            AnnotationCheck.RequireClasses(data.Map);
            var manifest = config.LoadManifest();
            var names = manifest.Rows.Select(row => row.Slide).Zip(SlideNames.Unique([.. manifest.Rows.Select(row => row.Slide)])).ToDictionary();
            data.Validation = data.OpenSlides(manifest.Of(DataSplit.Val), names, config, cancel);
            data.Training = SlideDataset.Build(data.OpenSlides(manifest.Of(DataSplit.Train), names, config, cancel),
                new PatchGrid(config.Data.PatchSize, config.Data.Stride, config.Data.Classes.Count, (byte)config.Data.TissueThreshold, config.Data.MinTissue, config.Data.Tissue),
                cancel: cancel);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private List<DatasetSlide> OpenSlides(IEnumerable<ManifestRow> rows, Dictionary<string, string> names, TrainConfig config, CancellationToken cancel)
    {
        var slides = new List<DatasetSlide>();
        foreach (var row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            var slide = SlideFile.Open(row.Slide);
            _opened.Add(slide);
            var labels = LabelSource.ForRow(row, Map, slide.Levels[0].Width, slide.Levels[0].Height, config.ToMaskLabels());
            slides.Add(new DatasetSlide(names[row.Slide], config.ViewOf(slide, row), labels));
        }
        return slides;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slide in _opened)
            slide.Dispose();
    }
}
