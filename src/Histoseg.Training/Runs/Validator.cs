using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>Scores a network on whole validation slides while it trains.</summary>
internal sealed class Validator : IDisposable
{
    private readonly PatchSegmenter _segmenter;
    private readonly SlideSegmentation _segmentation;
    private readonly int _classes, _patchSize;
    private readonly ClassPalette _palette;
    private readonly long _sizeLimit;

    /// <summary>Compiles the network for inference.</summary>
    /// <param name="backend">The device, which the caller keeps owning.</param>
    /// <param name="config">The network, and how slides are segmented.</param>
    /// <param name="normalisation">How colours become input.</param>
    /// <param name="sizeLimit">Annotated regions with fewer pixels of the label map are XS, the others XL.</param>
    /// <param name="quantisation">How convolutions are done in bytes; null: none is.</param>
    /// <exception cref="Engine.EngineError">There is not enough memory.</exception>
    public Validator(Backend backend, TrainConfig config, Normalisation normalisation, long sizeLimit = SlideEvaluator.PaperSizeLimit,
        QuantisationDescription? quantisation = null)
    {
        _sizeLimit = sizeLimit;
        (_classes, _patchSize, _palette) = (config.Data.Classes.Count, config.Data.PatchSize, config.Palette);
        _segmenter = new PatchSegmenter(backend, config.CreateNetwork(), config.Data.PatchSize, config.Inference.BatchSize, normalisation,
            quantisation: quantisation);
        _segmentation = new SlideSegmentation(_segmenter, new SlideSegmentationSettings
        {
            Overlap = config.Inference.Overlap,
            TissueRule = config.Data.Tissue,
            TissueThreshold = (byte)config.Data.TissueThreshold,
        });
    }

    /// <summary>Segments every slide and compares it with its truth.</summary>
    /// <param name="weights">The network's parameters and running statistics.</param>
    /// <param name="slides">The validation slides.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <param name="folder">Where to keep the label maps as <c>&lt;slide&gt;.tif</c>, or null.</param>
    /// <returns>The scores of each slide; with its worst patches where the label maps are kept.</returns>
    public IReadOnlyList<SlideScores> Run(ParameterSet<float> weights, IReadOnlyList<DatasetSlide> slides, CancellationToken cancel, string? folder = null)
    {
        _segmenter.Load(weights, "the network in training");
        var scores = new List<SlideScores>();
        foreach (var slide in slides)
        {
            var view = slide.View;
            using var evaluator = new SlideEvaluator(slide.Labels, view.Width, view.Height, view.Downsample, _classes, _sizeLimit,
                patchSize: folder is null ? null : _patchSize);
            using var writer = folder is null ? null
                : new PyramidWriter(Path.Combine(folder, slide.Name + ".tif"), view.Width, view.Height, view.MicronsPerPixel, PyramidKind.Labels, _palette);
            ILabelRows[] sinks = writer is null ? [evaluator] : [evaluator, writer];
            _segmentation.Run(view, sinks, cancellation: cancel);
            foreach (var sink in sinks)
                sink.Complete();
            scores.Add(evaluator.Scores!);
        }
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _segmenter.Dispose();
}
