using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Segments slides into an output folder, each in three steps, and knows which of them need it.</summary>
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

    /// <summary>Takes a slide in hand unless another program has it, opens it and begins to read it, where it needs to be done.</summary>
    /// <param name="path">The slide.</param>
    /// <param name="name">The name of its outputs.</param>
    /// <param name="folder">The output folder.</param>
    /// <param name="run">The run's part in it.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The slide, which has ended already where it is done or bad, for the caller to dispose; null: another program is at work on it.</returns>
    /// <exception cref="WriteError">The output folder takes nothing more.</exception>
    public SlideInHand? Take(string path, string name, string folder, FolderRun run, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var hand = new SlideInHand(path, name, folder, [.. settings.Outputs.Select(kind => kind.RelativePath(name))]);
        var isOthers = false;
        try
        {
            Guarded(hand, cancellation, () =>
            {
                hand.Key = DoneKey.Of(path, model, segmenter.PatchSize, settings);
                if ((hand.Outcome = Settled(hand, run)) is not null)
                    return;
                hand.Claim = SlideClaim.TryTake(folder, name, path, cancellation);
                isOthers = hand.Claim is null;
                if (hand.Claim is { IsTakenOver: true })
                    Leftovers.RemoveOf(OutputKinds.All.Select(kind => Path.GetFullPath(Path.Combine(folder, kind.RelativePath(name)))));
                // Whoever had the claim may have done it since.
                if (isOthers || (hand.Outcome = Settled(hand, run)) is not null)
                    return;
                hand.Slide = OpenedSlide.Open(path, _slides, openSlide);
                hand.Scale = hand.Slide.Scale;
                hand.Reading = _segmentation.Read(hand.Slide.View, cancellation);
            });
        }
        catch
        {
            hand.Dispose();
            throw;
        }
        if (!isOthers)
            return hand;
        hand.Dispose();
        return null;
    }

    /// <summary>Segments a slide taken in hand, unless it has ended.</summary>
    /// <param name="hand">The slide.</param>
    /// <param name="progress">Told after every batch of patches; null: nobody is.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="WriteError">The output folder takes nothing more.</exception>
    public void Segment(SlideInHand hand, IProgress<SlideProgress>? progress, CancellationToken cancellation) => Guarded(hand, cancellation, () =>
    {
        if (hand is not { Outcome: null, Slide: { } slide, Reading: { } reading, Claim: { } claim })
            return;
        hand.Before = DoneRecord.Load(hand.Folder, hand.Name);
        // From here on the old files are being replaced: a note that they are complete would no longer be true.
        DoneRecord.Remove(hand.Folder, hand.Name);
        var outputs = hand.Outputs = new(hand.Folder, hand.Name, settings, model, slide.View, PartOf(slide), openOutput);
        var result = _segmentation.Run(reading, outputs.Labels, outputs.Foreground, new Both(claim, progress), cancellation, outputs.Shares);
        hand.Reading = null;
        reading.Dispose(); // what it holds of the slide is not needed any more
        if (result.UnreadablePatches > 0 && result.UnreadablePatches + result.BlankPatches == result.Patches)
            throw new SlideError($"{hand.Path}: no part of it can be read; the file is damaged or cut short, fetch it again");
        hand.Segmentation = result;
    });

    /// <summary>Puts a segmented slide's files in place, and notes how it ended before it is given up, else another would try a bad slide too.</summary>
    /// <param name="hand">The slide, which is given up.</param>
    /// <param name="run">The run's part in the folder.</param>
    /// <exception cref="WriteError">The output folder takes nothing more.</exception>
    public SlideOutcome End(SlideInHand hand, FolderRun run)
    {
        using (hand)
        {
            Guarded(hand, CancellationToken.None, () => hand.Outcome ??= Completed(hand));
            run.Failures.Note(hand.Outcome!, hand.Key);
            return hand.Outcome!;
        }
    }

    private SlideOutcome? Settled(SlideInHand hand, FolderRun run)
    {
        var (path, name, folder) = (hand.Path, hand.Name, hand.Folder);
        var before = DoneRecord.Load(folder, name);
        if (before?.Covers(hand.Key!, hand.Wanted, folder) == true && (!settings.Overwrite || DoneRecord.IsNewerThan(run.StartedOnDisk, folder, name)))
        {
            return new(path, name, SlideStatus.Skipped, before.Error, hand.Wanted)
            { Code = before.Error is null ? null : FailureCode.PartlyUnreadable };
        }
        if (!settings.Overwrite && before is not null && before.Key.Slide != hand.Key!.Slide)
            throw new SlideError($"{path}: {folder} already has outputs named {name}, of {before.Key.Slide}; choose another output folder, "
                + "or overwrite them")
            { Remedy = Remedy.Overwrite };
        return run.Failures.Standing(hand.Key!, settings.RetryFailed) is not { } failure ? null
            : new(path, name, SlideStatus.Failed, failure.Error) { Code = failure.Code, FailedBefore = true };
    }

    private void Guarded(SlideInHand hand, CancellationToken cancellation, Action work)
    {
        try
        {
            work();
        }
        catch (Exception error)
            when (error is not WriteError && !DeviceFailure.Is(error) && !(error is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            hand.Outcome = new(hand.Path, hand.Name, SlideStatus.Failed, OneLine(hand.Path, error), null, null, hand.Scale?.MicronsPerPixel,
                hand.Scale?.Source.ToString(), hand.Elapsed.TotalSeconds)
            { Code = FailureCodes.Of(error), Details = error is UserError ? null : error.ToString() };
        }
    }

    // The part of level 0 that polygons lie in and are counted from.
    private Region PartOf(OpenedSlide slide) => Scanned(slide) ?? new Region(0, 0, slide.Width, slide.Height);

    private Region? Scanned(OpenedSlide slide) => settings.PolygonOrigin == CoordinateOrigin.Slide ? null : slide.Slide.Bounds;

    private SlideOutcome Completed(SlideInHand hand)
    {
        var (path, folder, slide, outputs, segmentation) = (hand.Path, hand.Folder, hand.Slide!, hand.Outputs!, hand.Segmentation!);
        var completing = Stopwatch.GetTimestamp();
        outputs.Complete();
        if (!hand.IsBehind)
            hand.Writing += Stopwatch.GetElapsedTime(completing);
        segmentation = segmentation with { Times = segmentation.Times + new SlideTimes(hand.Opening, TimeSpan.Zero, hand.Writing) };
        IReadOnlyList<string> notes = [.. slide.Slide.Notes, .. slide.ScaleWarnings, .. outputs.Notes];
        if (ForeignColours.Warning(slide.Slide, model.TrainingColours) is { } foreign)
            notes = [.. notes, foreign];
        if (Scanned(slide) is { } part && part != new Region(0, 0, slide.Width, slide.Height)
            && settings.Outputs.Any(kind => kind == OutputKinds.GeoJson || kind == OutputKinds.PackedGeoJson))
            notes = [.. notes, $"{path}: polygons in GeoJSON are counted from the corner of the scanned part ({part.X}, {part.Y}), as QuPath does"];
        var others = OutputKinds.All.Select(kind => kind.RelativePath(hand.Name)).Except(hand.Wanted)
            .Where(file => hand.Before?.Outputs.Contains(file) == true && File.Exists(Path.Combine(folder, file))).ToArray();
        var valid = hand.Before?.Key == hand.Key ? others : [];
        // Files of an earlier model beside those of this one would be taken for its work.
        foreach (var stale in others.Except(valid))
            File.Delete(Path.Combine(folder, stale));
        var error = segmentation.UnreadablePatches == 0 ? null
            : $"{path}: {segmentation.UnreadablePatches} of {segmentation.Patches} patches cannot be read (damaged or cut short); "
                + "they are 255 in the outputs";
        new DoneRecord(hand.Key!, [.. hand.Wanted, .. valid], error)
        {
            Seconds = Math.Round(hand.Elapsed.TotalSeconds, 3),
            Patches = segmentation.SegmentedPatches,
        }.Save(folder, hand.Name);
        return new(path, hand.Name, SlideStatus.Done, error, hand.Wanted, segmentation, hand.Scale!.Value.MicronsPerPixel, hand.Scale.Value.Source.ToString(),
            hand.Elapsed.TotalSeconds)
        { AreasMm2 = outputs.ForegroundAreas, Notes = notes, Code = error is null ? null : FailureCode.PartlyUnreadable };
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
