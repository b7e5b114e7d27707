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
    // How long it waits before it looks again at slides that other programs have. Many that wait for the last slides must not wear out the disk.
    private static readonly TimeSpan _leastWait = TimeSpan.FromSeconds(1), _mostWait = TimeSpan.FromSeconds(15);

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
    /// <param name="part">Which part of it is done; null: all.</param>
    /// <param name="cancellation">Stops: the files of the slide at work are removed, those of finished slides stay.</param>
    /// <exception cref="SlideError">The output folder cannot be written, or two slides' outputs would have the same name.</exception>
    /// <exception cref="UserError">The disk has far too little room.</exception>
    /// <exception cref="EngineError">The GPU failed; finished slides stay.</exception>
    public BatchInferenceResult Run(IReadOnlyList<string> inputs, string outputFolder, IProgress<InferenceProgress>? progress = null,
        BatchPart? part = null, CancellationToken cancellation = default)
    {
        part ??= new();
        var earlier = part.Earlier;
        var started = earlier?.Started ?? DateTime.UtcNow;
        var (found, unmatched, notes) = SlideInputs.Find(inputs, except: outputFolder);
        // Named before they are shared out, so that each slide has the same name in every shard.
        var all = found.Zip(SlideNames.Unique(found), (path, name) => new NamedSlide(path, name)).ToList();
        var mine = part.Shard?.Of(found).Select(place => all[place]).ToList() ?? all;
        using var run = FolderRun.Begin(outputFolder, unmatched, started, earlier?.MetadataPath, cancellation);
        if (earlier is null)
        {
            if (!run.HasLocks)
                _note?.Invoke($"{outputFolder}: its disk knows no file locks (flock): programs know of each other by signs of life alone, and failures.csv may "
                    + "lack lines");
            foreach (var note in notes)
                _note?.Invoke(note);
        }
        var settled = new SlideOutcome?[mine.Count];
        var places = mine.Index().ToDictionary(slide => slide.Item.Path, slide => slide.Index, StringComparer.Ordinal);
        foreach (var outcome in earlier?.Outcomes ?? [])
        {
            if (!places.TryGetValue(outcome.Path, out var place))
                continue;
            settled[place] = outcome with { Name = mine[place].Name };
            run.Failures.Note(outcome, _work.KeyOf(outcome.Path));
        }
        var (cancelled, page, gate) = (false, Stopwatch.StartNew(), new Lock());
        var begun = settled.Count(outcome => outcome is not null);
        Save(error: null, finished: false);
        part.Begun?.Invoke(new(run.MetadataPath, mine.Count, all.Count, part.Shard));
        try
        {
            if (earlier is null && part.Disk?.Look(outputFolder, ToBeMade(all, outputFolder), _settings.Outputs, _work.PixelsOf) is { } need)
                _note?.Invoke(need);
            var left = Enumerable.Range(0, mine.Count).Where(i => settled[i] is null).ToList();
            var (wait, isTold) = (_leastWait, false);
            using var queue = new SlideQueue(_work, outputFolder, run, part, cancellation);
            while (left.Count > 0)
            {
                var taken = left.Where((i, at) => !Begin(queue, i, at + 1 < left.Count ? left[at + 1] : null)).ToList();
                if (taken.Count < left.Count)
                    wait = _leastWait;
                else
                {
                    if (!isTold)
                        _note?.Invoke($"{Figures.Count(taken.Count, "slide is", "slides are")} at work in other programs; waiting for them");
                    isTold = true;
                    queue.Finish();
                    Report(new(mine.Count - taken.Count + 1, mine.Count, "", 0, 0, null));
                    cancellation.WaitHandle.WaitOne(wait);
                    cancellation.ThrowIfCancellationRequested();
                    wait = wait * 2 < _mostWait ? wait * 2 : _mostWait;
                }
                left = taken;
            }
            queue.Finish();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            cancelled = true;
        }
        catch (UserError error)
        {
            TrySave(error.Message);
            if (DeviceFailure.Is(error))
                throw new EngineError(error.Message, error) { Remedy = Remedy.SameAgain };
            throw;
        }
        var outcomes = Save(error: null);
        WritePage();
        return new(outcomes, cancelled, run.MetadataPath);

        // Its files may be put in place behind, on another thread.
        bool Begin(SlideQueue queue, int i, int? next)
        {
            var number = begun + 1;
            var report = progress is null ? null : new SlideReport(Report, number, mine.Count, mine[i].Path);
            var isMine = queue.Try(mine[i], next is { } after ? mine[after] : null, report, outcome =>
            {
                lock (gate)
                {
                    settled[i] = outcome;
                    progress?.Report(new(number, mine.Count, mine[i].Path, 1, outcome.Segmentation?.PatchesPerSecond ?? 0, outcome));
                    if (page.Elapsed > NewPage)
                        WritePage();
                }
            });
            begun += isMine ? 1 : 0;
            return isMine;
        }

        void Report(InferenceProgress state)
        {
            lock (gate)
                progress?.Report(state);
        }

        void WritePage()
        {
            if (_settings.Outputs.Contains(OutputKinds.Overlay))
                BatchPage.Write(outputFolder);
            page.Restart();
        }

        List<SlideOutcome> Save(string? error, bool finished = true)
        {
            List<SlideOutcome> outcomes =
                [.. unmatched.Select(input => new SlideOutcome(input.Input, "", SlideStatus.Failed, input.Error) { Code = FailureCode.NoInput }),
                    .. settled.OfType<SlideOutcome>()];
            RunMetadata.Save(run.MetadataPath, new()
            {
                Model = _model,
                PatchSize = _segmenter.PatchSize,
                BatchSize = _segmenter.BatchSize,
                Settings = _settings,
                Shard = part.Shard?.ToString(),
                Started = started,
                Finished = finished ? DateTime.UtcNow : null,
                Cancelled = cancelled,
                Error = error,
                Slides = outcomes,
                Left = [.. mine.Where((_, i) => settled[i] is null).Select(Full)],
                OfOtherShards = [.. all.Except(mine).Select(Full)],
            });
            return outcomes;
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

    private static NamedSlide Full(NamedSlide slide) => slide with { Path = Path.GetFullPath(slide.Path) };

    // Without those that are done, and those that failed, which may not be opened safely.
    private List<string> ToBeMade(IEnumerable<NamedSlide> slides, string folder)
    {
        var failed = Failure.Load(folder).Select(failure => failure.Path).ToHashSet(RealPath.Comparer);
        return [.. slides.Where(slide => (_settings.Overwrite || !File.Exists(DoneRecord.PathOf(folder, slide.Name)))
            && !failed.Contains(Path.GetFullPath(slide.Path))).Select(slide => slide.Path)];
    }

    /// <summary>Passes a slide's progress on as the batch's, at once and on the same thread.</summary>
    private sealed class SlideReport(Action<InferenceProgress> batch, int number, int count, string path) : IProgress<SlideProgress>
    {
        public void Report(SlideProgress value) => batch(new(number, count, path, value.Share, value.PatchesPerSecond, null));
    }
}
