using Histoseg.Engine.Backends;
using Histoseg.Engine.Devices;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Segmentation.Review;
using Histoseg.Slides;

namespace Histoseg.Segmentation;

/// <summary>A trained model on a device, ready to segment slides.</summary>
/// <example>
/// <code>
/// using var model = SegmentationModel.Open("run/model");
/// var outcome = model.Segment("slide.svs", "out");
/// </code>
/// </example>
public sealed class SegmentationModel : IDisposable
{
    /// <summary>The largest patch that can be asked for, pixels.</summary>
    public const int LargestPatch = 8192;

    private readonly Backend _backend;
    private readonly PatchSegmenter _segmenter;
    private readonly InferenceModel _model;
    private readonly ModelSettings _settings;
    private readonly Action<string>? _note;

    private SegmentationModel(Backend backend, PatchSegmenter segmenter, InferenceModel model, ModelDescription description, ModelSettings settings,
        Action<string>? note) =>
        (_backend, _segmenter, _model, Description, _settings, _note) = (backend, segmenter, model, description, settings, note);

    /// <summary>What the model is.</summary>
    public ModelDescription Description { get; }

    /// <summary>Where it runs, in words.</summary>
    public string Device => _backend.Description;

    /// <summary>Opens a model folder that training wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">Where and how it is run; null: as it was trained, on what serves.</param>
    /// <param name="devices">Opens the device; null: among those of this machine.</param>
    /// <param name="note">Told in a line what device serves and what is assumed; null: nobody is.</param>
    /// <exception cref="ConfigError">A setting is out of its range, or does not go with the model.</exception>
    /// <exception cref="UserError">The model is missing or damaged, the device is not there, or there is not enough memory.</exception>
    public static SegmentationModel Open(string folder, ModelSettings? settings = null, DeviceOpener? devices = null, Action<string>? note = null)
    {
        settings ??= new();
        var description = ModelFolder.LoadDescription(folder);
        var network = description.CreateNetwork();
        Check(settings, description, network, folder);
        // What is missing or cut off is told before a device is opened.
        var file = ModelFolder.OpenWeights(folder);
        // Both take as long as it takes to prepare the network, and one core each.
        var weights = Task.Run(() =>
        {
            using (file)
                return ModelFolder.LoadWeights(folder, description, file);
        });
        var hash = Task.Run(() => InferenceModel.HashFiles(Path.Combine(folder, ModelFolder.WeightsFile), Path.Combine(folder, ModelFolder.DescriptionFile)));
        var backend = (devices ?? DeviceOpener.OfThisMachine).Open(settings.Device, settings.Precision, settings.Threads, note, settings.Exact);
        PatchSegmenter? segmenter = null;
        try
        {
            segmenter = new PatchSegmenter(backend, network, settings.PatchSize ?? description.PatchSizePixels, settings.BatchSize ?? backend.PreferredBatch,
                description.Normalisation, settings.Crf ? new CrfSettings() : null, settings.Exact, description.Quantisation);
            segmenter.Load(weights.GetAwaiter().GetResult(), folder);
            var model = new InferenceModel(description.Network.Name, Path.GetFullPath(folder), hash.GetAwaiter().GetResult(), description.ClassNames,
                settings.MicronsPerPixel ?? description.SpacingUmPx ?? 1, backend.Description, description.TrainingColours, description.ClassColours);
            return new(backend, segmenter, model, description, settings, note);
        }
        catch
        {
            segmenter?.Dispose();
            backend.Dispose();
            throw;
        }
    }

    /// <summary>Settings that suit the model: its own rule for tissue, and all outputs.</summary>
    public SegmentationSettings DefaultSettings => new() { TissueRule = Description.TissueRule, TissueThreshold = (byte)Description.TissueThreshold };

    /// <summary>Segments one slide into an output folder; what is done already with the same model and settings is not done again.</summary>
    /// <param name="slide">The slide or picture.</param>
    /// <param name="outputFolder">Where outputs go, see <see cref="OutputKinds"/>; made where missing.</param>
    /// <param name="settings">How, and what is written; null: <see cref="DefaultSettings"/>.</param>
    /// <param name="cancellation">Stops; no file of the slide is left.</param>
    /// <returns>What was done and which files were written, also where parts of the slide were unreadable.</returns>
    /// <exception cref="UserError">The slide cannot be read or has no scale, the folder cannot be written, or a setting is out of its range.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public SlideOutcome Segment(string slide, string outputFolder, SegmentationSettings? settings = null, CancellationToken cancellation = default)
    {
        var result = SegmentAll([slide], outputFolder, settings, cancellation: cancellation);
        if (result.Cancelled)
            throw new OperationCanceledException(cancellation);
        var outcome = result.Slides[0];
        return outcome.Status == SlideStatus.Failed ? throw new SlideError(outcome.Error!) : outcome;
    }

    /// <summary>Segments many slides into one output folder. A bad slide never stops the others; what is done is not done again.</summary>
    /// <param name="inputs">Files, folders and patterns.</param>
    /// <param name="outputFolder">Where outputs go; made where missing.</param>
    /// <param name="settings">How, and what is written; null: <see cref="DefaultSettings"/>.</param>
    /// <param name="progress">Told after every batch of patches and at the end of every slide, one thing at a time but on any thread. A slide's end may be told
    /// when the next has begun.</param>
    /// <param name="explain">What to write of an error, where a program has options to name; null: its message.</param>
    /// <param name="cancellation">Stops: the files of the slide at work are removed, those of finished slides stay.</param>
    /// <exception cref="UserError">The folder cannot be written, two slides' outputs would have the same name, a setting is out of its range, or the GPU
    /// failed; finished slides stay.</exception>
    public BatchInferenceResult SegmentAll(
        IReadOnlyList<string> inputs,
        string outputFolder,
        SegmentationSettings? settings = null,
        IProgress<InferenceProgress>? progress = null,
        Func<UserError, string>? explain = null,
        CancellationToken cancellation = default) => SegmentPart(inputs, outputFolder, settings, progress, explain, null, cancellation);

    /// <summary>Looks at places from all sides.</summary>
    internal TurnedViews Views() => new(_segmenter.PatchSize, _segmenter.BatchSize, _segmenter.Classes, _segmenter.Segment);

    /// <summary>What <see cref="SegmentAll"/> does, as a program does it.</summary>
    /// <param name="inputs">Files, folders and patterns.</param>
    /// <param name="outputFolder">Where outputs go; made where missing.</param>
    /// <param name="settings">How, and what is written; null: <see cref="DefaultSettings"/>.</param>
    /// <param name="progress">Told after every batch of patches and at the end of every slide.</param>
    /// <param name="explain">What to write of an error; null: its message.</param>
    /// <param name="part">Which part of it is done; null: all.</param>
    /// <param name="cancellation">Stops.</param>
    internal BatchInferenceResult SegmentPart(IReadOnlyList<string> inputs, string outputFolder, SegmentationSettings? settings,
        IProgress<InferenceProgress>? progress, Func<UserError, string>? explain, BatchPart? part, CancellationToken cancellation)
    {
        var (model, chosen) = (_model, (settings ?? DefaultSettings) with { Crf = _settings.Crf, Exact = _settings.Exact });
        if ((_settings.MicronsPerPixel ?? Description.SpacingUmPx) is null)
        {
            // A model of plain pictures sees their own pixels; then any scale will do, as long as model and picture have the same.
            if (chosen.MppOverride is null)
                _note?.Invoke("the model works on the pictures' own pixels; lengths and areas in the outputs take a pixel for 1 µm, unless its µm are given");
            chosen = chosen with { MppOverride = chosen.MppOverride ?? 1 };
            model = model with { MicronsPerPixel = chosen.MppOverride.Value };
        }
        return new BatchInference(_segmenter, model, chosen, explain: explain, note: _note).Run(inputs, outputFolder, progress, part, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _segmenter.Dispose();
        _backend.Dispose();
    }

    /// <summary>The side of a patch that a network does not take, and which it does, in words; null: it takes it.</summary>
    internal static string? WhatIsWrongWithPatch(int side, Network network)
    {
        var stride = network.OutputStride;
        return side >= stride && side <= LargestPatch && side % stride == 0 ? null
            : $"{side}: it is a multiple of {stride} from {stride} to {LargestPatch}, as the output stride of {network.Description.Name} asks for";
    }

    private static void Check(ModelSettings settings, ModelDescription description, Network network, string folder)
    {
        if (settings.PatchSize is { } side && WhatIsWrongWithPatch(side, network) is { } wrong)
            throw new ConfigError($"patch size {wrong}");
        if (settings.BatchSize is < 1 or > 1024)
            throw new ConfigError($"batch size {settings.BatchSize}: it is 1 to 1024");
        if (settings.Threads is < 0 or > 1024)
            throw new ConfigError($"{settings.Threads} threads: there can be 0 (one per core) to 1024");
        if (settings.MicronsPerPixel is { } mpp && !(mpp is > 0 and <= 1000))
            throw new ConfigError(Figures.Text($"{mpp} µm per pixel: it is above 0"));
        if (settings.Crf && description.Network.Crf is not null)
            throw new ConfigError($"the model {folder} has a CRF as its last layer already, trained with it; run it without a second one");
    }
}
