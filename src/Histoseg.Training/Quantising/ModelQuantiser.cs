using System.Diagnostics;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Quantising;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Quantising;

/// <summary>Makes a model with weights of 8 bits of one with float32, and compares both before it is written.</summary>
/// <param name="settings">What is wanted.</param>
/// <param name="backend">The processor, which the caller keeps owning.</param>
/// <param name="note">Told in a line what is left out, and what is going on.</param>
/// <param name="cancel">Looked at between patches and slides.</param>
internal sealed class ModelQuantiser(QuantiseSettings settings, ProcessorBackend backend, Action<string> note, CancellationToken cancel)
{
    /// <summary>Quantises, compares and writes.</summary>
    /// <exception cref="UserError">Model, slides or config cannot be read, the folder has a model already or cannot be written, or a class loses more than it
    /// may.</exception>
    public QuantiseResult Run()
    {
        var (description, weights) = ModelFolder.Load(settings.Model);
        if (description.Quantisation is not null)
            throw new EngineError($"{settings.Model}: this model is in 8 bits already; give the one that it was made of");
        if (File.Exists(Path.Combine(settings.Output, ModelFolder.DescriptionFile)) && !settings.Overwrite)
            throw new EngineError($"{settings.Output}: there is a model already; give another folder, or replace it") { Remedy = Remedy.Overwrite };
        var inputs = SlideInputs.Find(settings.Inputs);
        foreach (var (_, error) in inputs.Unmatched)
            note(error);
        if (inputs.Slides.Count == 0)
            throw new ConfigError("there are no slides to calibrate on");
        // Told before the work, not after it.
        var config = ValidationConfig();

        var patches = CalibrationPatches.Draw(inputs.Slides, description, settings.Patches, settings.OverrideMpp, note, cancel);
        note($"calibrating on {patches.InWords} …");
        var (quantisation, rounded) = Calibrate(description, weights, patches);
        if (quantisation.Layers.Count == 0)
            throw new EngineError($"{settings.Model}: no convolution of this network has eight channels and more on either side, in fours; "
                + "there is nothing to gain");
        note("comparing both models …");
        var comparison = (config is null ? null : OnTruth(config, description, weights, quantisation, rounded))
            ?? OnPatches(patches, description, weights, quantisation, rounded);
        if (comparison.Worst is var worst && worst.Loss > settings.MostLoss)
            throw new EngineError($"nothing was written: the Dice of '{worst.Name}' {(comparison.HasTruth ? "falls" : "between both models falls")} "
                + Figures.Text($"from {worst.Before:0.0000} to {worst.After:0.0000} on {comparison.Where}, ")
                + Figures.Text($"and {100 * settings.MostLoss:0.0#} points are accepted; ")
                + "calibrate on more slides that are like those to come, or accept more")
            { Remedy = Remedy.AcceptLoss };

        ModelFolder.Save(settings.Output, description with
        {
            FormatVersion = ModelDescription.QuantisedFormat,
            Quantisation = quantisation,
            // What was measured of the model before does not hold for this one.
            Metrics = comparison.HasTruth ? comparison.Classes.ToDictionary(one => $"validation_dice_{one.Name}", one => one.After) : [],
        }, rounded, $"Made of the model `{Path.GetFullPath(settings.Model)}` by `engine quantize`. On a GPU it runs with its weights as real numbers.");
        long SizeOf(string folder) => new FileInfo(Path.Combine(folder, ModelFolder.WeightsFile)).Length;
        return new(quantisation.Layers.Count, patches.InWords, comparison, SizeOf(settings.Model), SizeOf(settings.Output));
    }

    /// <summary>The config with validation slides; null: there is none.</summary>
    private TrainConfig? ValidationConfig()
    {
        if (settings.Config is { } given)
            return ConfigFile.Load<TrainConfig>(given);
        var run = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Model)));
        return run is not null && new RunFolder(run).Config is var path && File.Exists(path) ? ConfigFile.Load<TrainConfig>(path) : null;
    }

    private (QuantisationDescription, ParameterSet<float>) Calibrate(ModelDescription model, ParameterSet<float> weights, CalibrationPatches patches)
    {
        using var calibration = new Calibration(backend, model.CreateNetwork(), weights, settings.Model, model.PatchSizePixels, model.Normalisation);
        foreach (var rgb in patches.Rgb)
        {
            cancel.ThrowIfCancellationRequested();
            calibration.Add(rgb);
        }
        var quantisation = calibration.Result(patches.InWords);
        return (quantisation, QuantisedWeights.Rounded(calibration.Folded, quantisation.ToLayers()));
    }

    /// <summary>Both on the validation slides of a config; null: there are none any more, and the config was not asked for.</summary>
    private QuantiseComparison? OnTruth(TrainConfig config, ModelDescription model, ParameterSet<float> weights, QuantisationDescription quantisation,
        ParameterSet<float> rounded)
    {
        OpenedSlides slides;
        try
        {
            var manifest = PatientSplit.Complete(config.LoadUnsplit(requireFiles: false), config.Data.ValidationShare, config.Seed);
            slides = OpenedSlides.Of(config, manifest, DataSplit.Val, cancel);
        }
        catch (UserError error) when (settings.Config is null)
        {
            note($"the validation slides of the run that the model lies in cannot be used: {error.Message}");
            return null;
        }
        using (slides)
        {
            if (slides.Slides.Count == 0)
                return settings.Config is null ? null : throw new ConfigError($"{settings.Config}: its manifest has no validation slides (split val)");
            var (before, took) = Scored(weights, null);
            var (after, takes) = Scored(rounded, quantisation);
            return before.Confusion.Total == 0 ? null
                : new(Figures.Count(slides.Slides.Count, "validation slide"), Changes(model, before.Confusion, after.Confusion), HasTruth: true, took, takes);
        }

        (SlideScores Pooled, double Seconds) Scored(ParameterSet<float> tensors, QuantisationDescription? how)
        {
            using var validator = new Validator(backend, config, model.Normalisation, quantisation: how);
            var clock = Stopwatch.StartNew();
            return (SlideScores.Pool([.. validator.Run(tensors, slides.Slides, cancel)]), clock.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Both on the patches of the calibration, where the labels of the model as it was stand for the truth.</summary>
    private QuantiseComparison OnPatches(CalibrationPatches patches, ModelDescription model, ParameterSet<float> weights, QuantisationDescription quantisation,
        ParameterSet<float> rounded)
    {
        var (before, took) = Labels(weights, null);
        var (after, takes) = Labels(rounded, quantisation);
        var (same, both) = (new ConfusionMatrix(model.NumClasses), new ConfusionMatrix(model.NumClasses));
        foreach (var (one, other) in before.Zip(after))
        {
            same.Add(one, one);
            both.Add(one, other);
        }
        return new($"the {patches.InWords} of the calibration", Changes(model, same, both), HasTruth: false, took, takes);

        (List<byte[]> Labels, double Seconds) Labels(ParameterSet<float> tensors, QuantisationDescription? how)
        {
            using var segmenter = new PatchSegmenter(backend, model.CreateNetwork(), model.PatchSizePixels, 1, model.Normalisation, quantisation: how);
            segmenter.Load(tensors, settings.Model);
            var probabilities = new float[model.PatchSizePixels * model.PatchSizePixels * model.NumClasses];
            var (all, clock) = (new List<byte[]>(), Stopwatch.StartNew());
            foreach (var rgb in patches.Rgb)
            {
                cancel.ThrowIfCancellationRequested();
                segmenter.Segment(rgb, 1, probabilities);
                all.Add([.. probabilities.Chunk(model.NumClasses).Select(pixel => (byte)pixel.AsSpan().IndexOf(pixel.Max()))]);
            }
            return (all, clock.Elapsed.TotalSeconds);
        }
    }

    private static IReadOnlyList<ClassChange> Changes(ModelDescription model, ConfusionMatrix before, ConfusionMatrix after) =>
        [.. Enumerable.Range(Math.Min(1, model.NumClasses - 1), Math.Max(1, model.NumClasses - 1))
            .Select(label => new ClassChange(model.ClassNames[label], before.Score(label).Dice, after.Score(label).Dice))];
}
