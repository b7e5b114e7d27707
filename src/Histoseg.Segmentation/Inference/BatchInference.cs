using System.Diagnostics;
using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.CleanUp;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments many slides into one output folder. A bad slide never stops the others; what is done is not done again.</summary>
internal sealed class BatchInference
{
    private readonly IPatchSegmenter _segmenter;
    private readonly InferenceModel _model;
    private readonly SegmentationSettings _settings;
    private readonly SlideSegmentation _segmentation;
    private readonly SlideSettings _slides;
    private readonly Func<string, ISlide>? _openSlide;
    private readonly Func<OutputRequest, ILabelRows> _openOutput;
    private readonly Func<UserError, string> _explain;

    /// <summary>Prepares a batch.</summary>
    /// <param name="segmenter">The network; the caller keeps owning it.</param>
    /// <param name="model">What to record of it.</param>
    /// <param name="settings">How to segment and what to write.</param>
    /// <param name="openSlide">Opens a slide; null: <see cref="SlideFile.Open"/>.</param>
    /// <param name="openOutput">Opens an output file; null: as its kind does.</param>
    /// <param name="explain">What to write of an error, where a program has options to name; null: its message.</param>
    /// <exception cref="SlideError">A setting is out of its range, the patch size is not a multiple of the output stride, or the class names do not fit the
    /// network.</exception>
    public BatchInference(IPatchSegmenter segmenter, InferenceModel model, SegmentationSettings settings,
        Func<string, ISlide>? openSlide = null, Func<OutputRequest, ILabelRows>? openOutput = null, Func<UserError, string>? explain = null)
    {
        if (model.ClassNames.Count != segmenter.Classes)
            throw new SlideError($"{model.Folder}: the model names {model.ClassNames.Count} classes and its network has {segmenter.Classes}");
        if (!(model.MicronsPerPixel > 0 && double.IsFinite(model.MicronsPerPixel)))
            throw new SlideError(Figures.Text($"{model.Folder}: the model's spacing of {model.MicronsPerPixel} µm per pixel is not a positive number"));
        if (settings.MppOverride is { } mpp && !(mpp > 0 && double.IsFinite(mpp)))
            throw new SlideError(FormattableString.Invariant($"an mpp override of {mpp} µm per pixel is not a positive number"));
        if (!(double.IsFinite(settings.MinObjectMm2) && settings.MinObjectMm2 >= 0 && double.IsFinite(settings.FillHolesMm2) && settings.FillHolesMm2 >= 0))
            throw new SlideError(string.Create(CultureInfo.InvariantCulture,
                $"objects under {settings.MinObjectMm2} mm² and holes under {settings.FillHolesMm2} mm² cannot be cleaned up; "
                + $"give areas of 0 or more"));
        if (settings.Outputs.Count == 0)
            throw new SlideError($"no output is asked for; choose of {string.Join(", ", OutputKinds.All)}");
        _segmenter = segmenter;
        _model = model;
        _settings = settings;
        _slides = new(new(model.ClassNames, [], [], []), TargetMpp: model.MicronsPerPixel, OverrideMpp: settings.MppOverride);
        _openSlide = openSlide;
        _openOutput = openOutput ?? (request => request.Kind.Open(request));
        _explain = explain ?? (error => error.Message);
        _segmentation = new(segmenter, new(settings));
    }

    /// <summary>Segments the slides that <paramref name="inputs"/> lead to (see <see cref="SlideInputs.Find"/>).</summary>
    /// <param name="inputs">Files, folders and patterns.</param>
    /// <param name="outputFolder">Where outputs go; made where missing.</param>
    /// <param name="progress">Told after every batch of patches and at the end of every slide.</param>
    /// <param name="cancellation">Stops: the files of the slide at work are removed, those of finished slides stay.</param>
    /// <exception cref="SlideError">The output folder cannot be written, or two slides' outputs would have the same name.</exception>
    /// <exception cref="EngineError">The GPU failed; finished slides stay.</exception>
    public BatchInferenceResult Run(IReadOnlyList<string> inputs, string outputFolder, IProgress<InferenceProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        CheckWritable(outputFolder);
        Leftovers.Remove([outputFolder, Path.GetDirectoryName(DoneRecord.PathOf(outputFolder, "slide"))!,
            .. OutputKinds.All.Select(kind => Path.Combine(outputFolder, kind.Folder))]);
        var started = DateTime.UtcNow;
        var (slides, unmatched) = SlideInputs.Find(inputs, except: outputFolder);
        var names = SlideNames.Unique(slides);
        var outcomes = unmatched.Select(input => new SlideOutcome(input.Input, "", SlideStatus.Failed, input.Error)).ToList();
        var metadata = RunMetadata.FreePath(outputFolder, started);
        FailureList.Save(outputFolder, outcomes);
        var cancelled = false;
        try
        {
            for (var i = 0; i < slides.Count; i++)
            {
                var outcome = One(slides[i], names[i], outputFolder, i + 1, slides.Count, progress, cancellation);
                outcomes.Add(outcome);
                if (outcome.Error is not null)
                    FailureList.Save(outputFolder, outcomes);
                progress?.Report(new(i + 1, slides.Count, slides[i], 1, outcome.Segmentation?.PatchesPerSecond ?? 0, outcome));
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            cancelled = true;
        }
        catch (WriteError error)
        {
            TrySave(error.Message);
            throw;
        }
        catch (UserError error) when (DeviceFailure.Is(error))
        {
            TrySave(error.Message);
            throw new EngineError(error.Message, error) { Remedy = Remedy.SameAgain };
        }
        RunMetadata.Save(metadata, _model, _segmenter.PatchSize, _segmenter.BatchSize, _settings, started, outcomes, cancelled, error: null);
        return new(outcomes, cancelled, metadata);

        void TrySave(string error)
        {
            try
            {
                RunMetadata.Save(metadata, _model, _segmenter.PatchSize, _segmenter.BatchSize, _settings, started, outcomes, cancelled, error);
            }
            catch (WriteError)
            {
                // The disk takes nothing more; the first error is the one to tell.
            }
        }
    }

    private SlideOutcome One(string path, string name, string folder, int number, int count, IProgress<InferenceProgress>? progress,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        SlideScale? scale = null;
        try
        {
            var wanted = _settings.Outputs.Select(kind => kind.RelativePath(name)).ToArray();
            var key = DoneKey.Of(path, _model, _segmenter.PatchSize, _settings);
            var before = DoneRecord.Load(folder, name);
            if (!_settings.Overwrite)
            {
                if (before?.Covers(key, wanted, folder) == true)
                    return new(path, name, SlideStatus.Skipped, before.Error, wanted);
                if (before is not null && before.Key.Slide != key.Slide)
                    throw new SlideError($"{path}: {folder} already has outputs named {name}, of {before.Key.Slide}; choose another output folder, "
                        + "or overwrite them")
                    { Remedy = Remedy.Overwrite };
            }

            using var slide = OpenedSlide.Open(path, _slides, _openSlide);
            scale = slide.Scale;
            var view = slide.View;
            // From here on the old files are being replaced: a note that they are complete would no longer be true.
            DoneRecord.Remove(folder, name);
            var scanned = _settings.PolygonOrigin == CoordinateOrigin.Slide ? null : slide.Slide.Bounds;
            SlideSegmentationResult segmentation;
            using (var outputs = new SlideOutputs(folder, name, _settings.Outputs,
                CleanUpLimits.FromMm2(_settings.MinObjectMm2, _settings.FillHolesMm2, view.MicronsPerPixel), view, _model.ClassNames, _openOutput,
                scanned ?? new Region(0, 0, slide.Width, slide.Height)))
            {
                var report = progress is null ? null : new SlideReport(progress, number, count, path);
                segmentation = _segmentation.Run(view, outputs.Labels, outputs.Foreground, report, cancellation);
                if (segmentation.UnreadablePatches == segmentation.Patches)
                    throw new SlideError($"{path}: no part of it can be read; the file is damaged or cut short, fetch it again");
                outputs.Complete();
            }
            var others = OutputKinds.All.Select(kind => kind.RelativePath(name)).Except(wanted)
                .Where(file => before?.Outputs.Contains(file) == true && File.Exists(Path.Combine(folder, file))).ToArray();
            var valid = before?.Key == key ? others : [];
            // Files of an earlier model beside those of this one would be taken for its work.
            foreach (var stale in others.Except(valid))
                File.Delete(Path.Combine(folder, stale));
            var error = segmentation.UnreadablePatches == 0 ? null
                : $"{path}: {segmentation.UnreadablePatches} of {segmentation.Patches} patches cannot be read (damaged or cut short); "
                    + "they are 255 in the outputs";
            new DoneRecord(key, [.. wanted, .. valid], error).Save(folder, name);
            return new(path, name, SlideStatus.Done, error, wanted, segmentation, scale.Value.MicronsPerPixel, scale.Value.Source.ToString(),
                clock.Elapsed.TotalSeconds)
            {
                Note = scanned is { } part && part != new Region(0, 0, slide.Width, slide.Height) && _settings.Outputs.Contains(OutputKinds.GeoJson)
                    ? $"{path}: polygons are counted from the corner of the scanned part ({part.X}, {part.Y}), as QuPath does" : null,
            };
        }
        catch (Exception error)
            when (error is not WriteError && !DeviceFailure.Is(error) && !(error is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            return new(path, name, SlideStatus.Failed, OneLine(path, error), null, null, scale?.MicronsPerPixel, scale?.Source.ToString(),
                clock.Elapsed.TotalSeconds);
        }
    }

    private string OneLine(string path, Exception error)
    {
        var message = (error is UserError known ? _explain(known) : error.Message).ReplaceLineEndings(" ").Trim();
        return error is SlideError ? message : $"{path}: {error.GetType().Name}: {message}";
    }

    private static void CheckWritable(string folder)
    {
        var probe = Path.Combine(folder, $".write-test-{Guid.NewGuid():N}");
        WriteError.Guard(folder, () =>
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
        });
    }

    /// <summary>Passes a slide's progress on as the batch's, at once and on the same thread.</summary>
    private sealed class SlideReport(IProgress<InferenceProgress> batch, int number, int count, string path) : IProgress<SlideProgress>
    {
        public void Report(SlideProgress value) => batch.Report(new(number, count, path, value.Share, value.PatchesPerSecond, null));
    }
}
