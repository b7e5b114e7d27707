using System.Diagnostics;
using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments many slides into one output folder. A bad slide never stops the others; what is done is not done again.</summary>
internal sealed class BatchInference
{
    /// <summary>How often slides are looked at again that other programs have.</summary>
    internal static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    // Of a thousand slides the page is some hundred kilobytes.
    private static readonly TimeSpan NewPage = TimeSpan.FromSeconds(10);

    private readonly IPatchSegmenter _segmenter;
    private readonly InferenceModel _model;
    private readonly SegmentationSettings _settings;
    private readonly SlideWork _work;
    private readonly Action<string>? _note;

    /// <summary>Prepares a batch.</summary>
    /// <param name="segmenter">The network; the caller keeps owning it.</param>
    /// <param name="model">What to record of it.</param>
    /// <param name="settings">How to segment and what to write.</param>
    /// <param name="openSlide">Opens a slide; null: as its format does.</param>
    /// <param name="openOutput">Opens an output file; null: as its kind does.</param>
    /// <param name="explain">What to write of an error, where a program has options to name; null: its message.</param>
    /// <param name="note">Told in a line what was left out; null: nobody is.</param>
    /// <exception cref="SlideError">A setting is out of its range, the patch size is not a multiple of the output stride, or the class names do not fit the
    /// network.</exception>
    public BatchInference(IPatchSegmenter segmenter, InferenceModel model, SegmentationSettings settings,
        Func<string, ISlide>? openSlide = null, Func<OutputRequest, ILabelRows>? openOutput = null, Func<UserError, string>? explain = null,
        Action<string>? note = null)
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
        if (settings.MaxMegapixels is < 1 or > PictureLimit.Most)
            throw new SlideError($"a limit of {settings.MaxMegapixels} megapixels: it is 1 to {PictureLimit.Most}");
        if (settings.Outputs.Count == 0)
            throw new SlideError($"no output is asked for; choose of {string.Join(", ", OutputKinds.All)}");
        (_segmenter, _model, _settings, _note) = (segmenter, model, settings, note);
        _work = new(segmenter, model, settings, openSlide, openOutput ?? (request => request.Kind.Open(request)), explain ?? (error => error.Message));
    }

    /// <summary>Segments the slides that <paramref name="inputs"/> lead to (see <see cref="SlideInputs.Find"/>).</summary>
    /// <param name="inputs">Files, folders and patterns.</param>
    /// <param name="outputFolder">Where outputs go; made where missing.</param>
    /// <param name="progress">Told after every batch of patches and at the end of every slide.</param>
    /// <param name="earlier">What was dealt with by a part of this run that was cut off; null: this is its beginning.</param>
    /// <param name="begun">Told the run's metadata file before anything is segmented; null: nobody is.</param>
    /// <param name="cancellation">Stops: the files of the slide at work are removed, those of finished slides stay.</param>
    /// <exception cref="SlideError">The output folder cannot be written, or two slides' outputs would have the same name.</exception>
    /// <exception cref="EngineError">The GPU failed; finished slides stay.</exception>
    public BatchInferenceResult Run(IReadOnlyList<string> inputs, string outputFolder, IProgress<InferenceProgress>? progress = null,
        EarlierPart? earlier = null, Action<string>? begun = null, CancellationToken cancellation = default)
    {
        var started = earlier?.Started ?? DateTime.UtcNow;
        var (slides, unmatched, notes) = SlideInputs.Find(inputs, except: outputFolder);
        var names = SlideNames.Unique(slides);
        using var run = FolderRun.Begin(outputFolder, unmatched, started, earlier?.MetadataPath, cancellation);
        if (earlier is null)
            foreach (var note in notes)
                _note?.Invoke(note);
        var settled = new SlideOutcome?[slides.Count];
        var places = slides.Index().ToDictionary(slide => slide.Item, slide => slide.Index, StringComparer.Ordinal);
        foreach (var outcome in earlier?.Outcomes ?? [])
        {
            if (!places.TryGetValue(outcome.Path, out var place))
                continue;
            settled[place] = outcome with { Name = names[place] };
            run.Failures.Note(Path.GetFullPath(outcome.Path), outcome.Error);
        }
        var (cancelled, page) = (false, Stopwatch.StartNew());
        Save(error: null, finished: false);
        begun?.Invoke(run.MetadataPath);
        try
        {
            var left = Enumerable.Range(0, slides.Count).Where(i => settled[i] is null).ToList();
            for (var isTold = false; left.Count > 0;)
            {
                var taken = left.Where(i => !Settle(i)).ToList();
                if (taken.Count == left.Count)
                {
                    if (!isTold)
                        _note?.Invoke($"{Figures.Count(taken.Count, "slide is", "slides are")} at work in other programs; waiting for them");
                    isTold = true;
                    progress?.Report(new(slides.Count - taken.Count + 1, slides.Count, "", 0, 0, null));
                    cancellation.WaitHandle.WaitOne(Poll);
                    cancellation.ThrowIfCancellationRequested();
                }
                left = taken;
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
        var outcomes = Save(error: null);
        WritePage();
        return new(outcomes, cancelled, run.MetadataPath);

        bool Settle(int i)
        {
            var number = settled.Count(outcome => outcome is not null) + 1;
            var report = progress is null ? null : new SlideReport(progress, number, slides.Count, slides[i]);
            if (_work.Try(slides[i], names[i], outputFolder, run, report, cancellation) is not { } outcome)
                return false;
            settled[i] = outcome;
            run.Failures.Note(Path.GetFullPath(outcome.Path), outcome.Error);
            progress?.Report(new(number, slides.Count, slides[i], 1, outcome.Segmentation?.PatchesPerSecond ?? 0, outcome));
            if (page.Elapsed > NewPage)
                WritePage();
            return true;
        }

        void WritePage()
        {
            if (_settings.Outputs.Contains(OutputKinds.Overlay))
                BatchPage.Write(outputFolder);
            page.Restart();
        }

        List<SlideOutcome> Save(string? error, bool finished = true)
        {
            List<SlideOutcome> all =
                [.. unmatched.Select(input => new SlideOutcome(input.Input, "", SlideStatus.Failed, input.Error)), .. settled.OfType<SlideOutcome>()];
            RunMetadata.Save(run.MetadataPath, _model, _segmenter.PatchSize, _segmenter.BatchSize, _settings, started, finished ? DateTime.UtcNow : null,
                all, cancelled, error);
            return all;
        }

        void TrySave(string error)
        {
            try
            {
                Save(error);
            }
            catch (WriteError)
            {
                // The disk takes nothing more; the first error is the one to tell.
            }
        }
    }

    /// <summary>Passes a slide's progress on as the batch's, at once and on the same thread.</summary>
    private sealed class SlideReport(IProgress<InferenceProgress> batch, int number, int count, string path) : IProgress<SlideProgress>
    {
        public void Report(SlideProgress value) => batch.Report(new(number, count, path, value.Share, value.PatchesPerSecond, null));
    }
}
