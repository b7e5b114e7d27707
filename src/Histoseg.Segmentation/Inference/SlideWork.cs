using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments one slide after the other into an output folder, and knows which of them need it.</summary>
/// <param name="segmenter">The network.</param>
/// <param name="model">What to record of it.</param>
/// <param name="settings">How to segment and what to write.</param>
/// <param name="openSlide">Opens a slide; null: <see cref="SlideFile.Open"/>.</param>
/// <param name="openOutput">Opens an output file.</param>
/// <param name="explain">What to write of an error.</param>
internal sealed class SlideWork(IPatchSegmenter segmenter, InferenceModel model, SegmentationSettings settings, Func<string, ISlide>? openSlide,
    Func<OutputRequest, ILabelRows> openOutput, Func<UserError, string> explain)
{
    private readonly SlideSegmentation _segmentation = new(segmenter, new(settings));
    private readonly SlideSettings _slides = new(new(model.ClassNames, [], [], []), TargetMpp: model.MicronsPerPixel, OverrideMpp: settings.MppOverride,
        Limit: new PictureLimit(settings.MaxMegapixels));

    /// <summary>Deals with a slide unless another program has it.</summary>
    /// <param name="path">The slide.</param>
    /// <param name="name">The name of its outputs.</param>
    /// <param name="folder">The output folder.</param>
    /// <param name="run">The run's part in it.</param>
    /// <param name="progress">Told after every batch of patches; null: nobody is.</param>
    /// <param name="cancellation">Stops; no file of the slide is left.</param>
    /// <returns>How it ended; null: another program is at work on it.</returns>
    /// <exception cref="WriteError">The output folder takes nothing more.</exception>
    public SlideOutcome? Try(string path, string name, string folder, FolderRun run, IProgress<SlideProgress>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        SlideScale? scale = null;
        DoneKey? key = null;
        return Guarded(() =>
        {
            var wanted = settings.Outputs.Select(kind => kind.RelativePath(name)).ToArray();
            key = DoneKey.Of(path, model, segmenter.PatchSize, settings);
            if (Settled(wanted) is { } settled)
                return settled;
            using var claim = SlideClaim.TryTake(folder, name, path, cancellation);
            if (claim is { IsTakenOver: true })
                Leftovers.RemoveOf(OutputKinds.All.Select(kind => Path.GetFullPath(Path.Combine(folder, kind.RelativePath(name)))));
            // Whoever had the claim may have done it since. How it ends is noted before the claim is given up, else another would try a bad slide too.
            return claim is null ? null
                : Settled(wanted) ?? Guarded(() => Noted(Segment(path, name, folder, key, wanted, clock, ref scale, new Both(claim, progress), cancellation)));
        });

        SlideOutcome? Settled(string[] wanted)
        {
            var before = DoneRecord.Load(folder, name);
            if (before?.Covers(key!, wanted, folder) == true && (!settings.Overwrite || DoneRecord.IsNewerThan(run.StartedOnDisk, folder, name)))
            {
                return Noted(new(path, name, SlideStatus.Skipped, before.Error, wanted)
                { Code = before.Error is null ? null : FailureCode.PartlyUnreadable });
            }
            if (!settings.Overwrite && before is not null && before.Key.Slide != key!.Slide)
                throw new SlideError($"{path}: {folder} already has outputs named {name}, of {before.Key.Slide}; choose another output folder, "
                    + "or overwrite them")
                { Remedy = Remedy.Overwrite };
            return run.Failures.Standing(key!, settings.RetryFailed) is not { } failure ? null
                : new(path, name, SlideStatus.Failed, failure.Error) { Code = failure.Code, FailedBefore = true };
        }

        SlideOutcome? Guarded(Func<SlideOutcome?> work)
        {
            try
            {
                return work();
            }
            catch (Exception error)
                when (error is not WriteError && !DeviceFailure.Is(error) && !(error is OperationCanceledException && cancellation.IsCancellationRequested))
            {
                return Noted(new(path, name, SlideStatus.Failed, OneLine(path, error), null, null, scale?.MicronsPerPixel, scale?.Source.ToString(),
                    clock.Elapsed.TotalSeconds)
                { Code = FailureCodes.Of(error), Details = error is UserError ? null : error.ToString() });
            }
        }

        SlideOutcome Noted(SlideOutcome outcome)
        {
            run.Failures.Note(outcome, key);
            return outcome;
        }
    }

    private SlideOutcome Segment(string path, string name, string folder, DoneKey key, string[] wanted, Stopwatch clock, ref SlideScale? scale,
        Both progress, CancellationToken cancellation)
    {
        // Told before the file is touched, so that it is known which one a crash is due to.
        progress.Report(new(0, 1, 0));
        using var slide = OpenedSlide.Open(path, _slides, openSlide);
        scale = slide.Scale;
        var view = slide.View;
        var before = DoneRecord.Load(folder, name);
        // From here on the old files are being replaced: a note that they are complete would no longer be true.
        DoneRecord.Remove(folder, name);
        var whole = new Region(0, 0, slide.Width, slide.Height);
        var scanned = settings.PolygonOrigin == CoordinateOrigin.Slide ? null : slide.Slide.Bounds;
        SlideSegmentationResult segmentation;
        IReadOnlyDictionary<string, double> areas;
        IReadOnlyList<string> notes;
        using (var outputs = new SlideOutputs(folder, name, settings, model, view, scanned ?? whole, openOutput))
        {
            var opening = clock.Elapsed;
            segmentation = _segmentation.Run(view, outputs.Labels, outputs.Foreground, progress, cancellation, outputs.Shares);
            if (segmentation.UnreadablePatches == segmentation.Patches)
                throw new SlideError($"{path}: no part of it can be read; the file is damaged or cut short, fetch it again");
            var completing = Stopwatch.GetTimestamp();
            outputs.Complete();
            segmentation = segmentation with { Times = segmentation.Times + new SlideTimes(opening, TimeSpan.Zero, Stopwatch.GetElapsedTime(completing)) };
            (areas, notes) = (outputs.ForegroundAreas, [.. slide.Slide.Notes, .. slide.ScaleWarnings, .. outputs.Notes]);
            if (ForeignColours.Warning(slide.Slide, model.TrainingColours) is { } foreign)
                notes = [.. notes, foreign];
            if (scanned is { } part && part != whole && settings.Outputs.Any(kind => kind == OutputKinds.GeoJson || kind == OutputKinds.PackedGeoJson))
                notes = [.. notes, $"{path}: polygons in GeoJSON are counted from the corner of the scanned part ({part.X}, {part.Y}), as QuPath does"];
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
        new DoneRecord(key, [.. wanted, .. valid], error) { Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3), Patches = segmentation.SegmentedPatches }
            .Save(folder, name);
        return new(path, name, SlideStatus.Done, error, wanted, segmentation, scale.Value.MicronsPerPixel, scale.Value.Source.ToString(),
            clock.Elapsed.TotalSeconds)
        { AreasMm2 = areas, Notes = notes, Code = error is null ? null : FailureCode.PartlyUnreadable };
    }

    /// <summary>What a slide's outputs are made from; null: its file cannot be looked at.</summary>
    public DoneKey? KeyOf(string path)
    {
        try
        {
            return DoneKey.Of(path, model, segmenter.PatchSize, settings);
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            return null;
        }
    }

    /// <summary>The pixels of a slide's label map; null: the slide cannot be opened, which is told when its turn comes.</summary>
    public long? PixelsOf(string path)
    {
        try
        {
            using var slide = OpenedSlide.Open(path, _slides, openSlide);
            return (long)slide.View.Width * slide.View.Height;
        }
        catch (Exception error) when (error is UserError or OutOfMemoryException || FileTrouble.Is(error))
        {
            return null;
        }
    }

    private string OneLine(string path, Exception error)
    {
        var what = error switch
        {
            UserError known => explain(known),
            OutOfMemoryException => "there is not enough memory for this slide; close other programs, or use a smaller batch or patch size",
            _ when FileTrouble.Is(error) => $"cannot be read: {FileTrouble.InWords(error)}",
            _ => "an unexpected error, details of which are in the run's metadata; the file may be damaged: fetch it again, else report it",
        };
        return error is SlideError ? what.ReplaceLineEndings(" ").Trim() : $"{path}: {what.ReplaceLineEndings(" ").Trim()}";
    }

    /// <summary>Tells a slide's progress to two, the second of which need not be there.</summary>
    private sealed class Both(IProgress<SlideProgress> one, IProgress<SlideProgress>? other) : IProgress<SlideProgress>
    {
        public void Report(SlideProgress value)
        {
            one.Report(value);
            other?.Report(value);
        }
    }
}
