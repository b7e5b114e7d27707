using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Data;

/// <summary>The opened slides of a run: what is sampled from, and what is validated on.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly OpenedSlides _training, _validation;

    private TrainingData(OpenedSlides training, OpenedSlides validation, SlideDataset dataset) =>
        (_training, _validation, Training) = (training, validation, dataset);

    /// <summary>The slides to train on and their patches.</summary>
    public SlideDataset Training { get; }

    /// <summary>The slides to validate on; empty when the manifest has none.</summary>
    public IReadOnlyList<DatasetSlide> Validation => _validation.Slides;

    /// <summary>Opens every slide of the config's manifest or folders and lists the patches.</summary>
    /// <exception cref="SlideError">A slide, annotation or mask is missing or wrong.</exception>
    public static TrainingData Open(TrainConfig config, CancellationToken cancel)
    {
        AnnotationCheck.RequireClasses(config.ToClassMap());
        var manifest = config.LoadManifest();
        var validation = OpenedSlides.Of(config, manifest, DataSplit.Val, cancel);
        OpenedSlides? training = null;
        try
        {
            training = OpenedSlides.Of(config, manifest, DataSplit.Train, cancel);
            var grid = new PatchGrid(config.Data.PatchSize, config.Data.Stride, config.Data.Classes.Count, (byte)config.Data.TissueThreshold,
                config.Data.MinTissue, config.Data.Tissue);
            return new(training, validation, SlideDataset.Build(training.Slides, grid, cancel: cancel, threads: config.Training.Threads));
        }
        catch
        {
            training?.Dispose();
            validation.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _training.Dispose();
        _validation.Dispose();
    }
}
