using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Status;

/// <summary>
/// Puts together what runs leave in an output folder: their records, the notes of what is done, the claims and the list of failures. Nothing is changed.
/// </summary>
internal sealed class FolderStatusReader
{
    private readonly string _folder;
    private readonly List<(string File, RunRecord Run)> _runs;
    private readonly List<Failure> _failures;
    private readonly IReadOnlyDictionary<string, ClaimState> _claims;
    private readonly Dictionary<string, SlideOutcome> _ended = new(StringComparer.Ordinal);
    private readonly DateTime _now;

    private FolderStatusReader(string folder)
    {
        _folder = folder;
        _failures = Failure.Load(folder);
        using (var hold = Hold(folder))
        {
            _claims = ClaimState.All(folder, hold).ToDictionary(claim => claim.Name, StringComparer.Ordinal);
            _now = hold?.Now() ?? DateTime.UtcNow;
        }
        _runs = [.. RunMetadata.FilesIn(folder).Select(file => (File: Path.GetFileName(file), Run: RunRecord.Load(file)!))
            .Where(run => run.Run?.Settings is not null && run.Run.Model is not null).OrderBy(run => run.Run.Started)];
        foreach (var slide in _runs.SelectMany(run => run.Run.Slides))
            _ended[Path.GetFullPath(slide.Path)] = slide;
    }

    /// <summary>Looks at a folder.</summary>
    /// <exception cref="ConfigError">It is no output folder.</exception>
    public static FolderStatus Read(string folder)
    {
        if (!Directory.Exists(FolderLock.NotesOf(folder)))
            throw new ConfigError($"{folder}: {(Directory.Exists(folder) ? "no run of engine infer has begun here" : "no such folder")}; "
                + "give the folder that infer was given with -o");
        return new FolderStatusReader(folder).Put();
    }

    // Who may not write into the folder can look all the same, by this machine's clock.
    private static FolderLock? Hold(string folder)
    {
        try
        {
            return FolderLock.Take(folder);
        }
        catch (UserError)
        {
            return null;
        }
    }

    private FolderStatus Put()
    {
        var slides = new SortedDictionary<string, SlideState>(StringComparer.Ordinal);
        foreach (var (slide, run) in Listed().DistinctBy(listed => listed.Slide.Path))
            slides[slide.Path] = StateOf(slide, run);
        foreach (var failure in _failures.Where(failure => failure.IsInput))
            slides[failure.Path] = new(failure.Path, null, SlideStage.Failed) { Code = failure.Code?.Name(), Error = failure.Error };
        List<RunState> runs = [.. _runs.Select(run => new RunState(run.File, StateOf(run.Run), run.Run.Host, run.Run.Process, run.Run.Shard, run.Run.Started,
            run.Run.Finished, run.Run.Error))];
        return new(_folder, _now, [.. slides.Values], runs) { SlidesPerHour = Speed(slides.Values, runs) };
    }

    // The latest run that was given a slide tells how it is to be segmented.
    private IEnumerable<(NamedSlide Slide, RunRecord Run)> Listed() =>
        from entry in Enumerable.Reverse(_runs)
        let dealtWith = entry.Run.Slides.Where(slide => slide.Name.Length > 0).Select(slide => new NamedSlide(Path.GetFullPath(slide.Path), slide.Name))
        from slide in dealtWith.Concat(entry.Run.Left).Concat(entry.Run.OfOtherShards)
        select (slide, entry.Run);

    private SlideState StateOf(NamedSlide slide, RunRecord run)
    {
        var claim = _claims.GetValueOrDefault(slide.Name);
        if (claim is { IsDead: false })
            return Claimed(slide, claim, SlideStage.Running);
        if (DoneRecord.Load(_folder, slide.Name) is { } record && IsOf(record, slide, run))
            return new(slide.Path, slide.Name, SlideStage.Done)
            { Code = record.Error is null ? null : FailureCode.PartlyUnreadable.Name(), Error = record.Error };
        if (claim is not null)
            return Claimed(slide, claim, SlideStage.Died);
        if (_failures.Find(failure => !failure.IsInput && RealPath.Comparer.Equals(failure.Path, slide.Path)) is { } failure)
            return new(slide.Path, slide.Name, SlideStage.Failed) { Code = failure.Code?.Name(), Error = failure.Error };
        // Without locks between machines the list may lack what one of them wrote.
        return _ended.GetValueOrDefault(slide.Path) is { Status: SlideStatus.Failed } failed
            ? new(slide.Path, slide.Name, SlideStage.Failed) { Code = failed.Code?.Name(), Error = failed.Error }
            : new(slide.Path, slide.Name, SlideStage.Left);
    }

    private SlideState Claimed(NamedSlide slide, ClaimState claim, SlideStage stage) => new(slide.Path, slide.Name, stage)
    {
        Host = claim.Note?.Host,
        Process = claim.Note?.Process,
        Since = claim.Note?.Since,
        Share = claim.Note?.Share,
        PatchesPerSecond = claim.Note?.PatchesPerSecond is { } speed && double.IsFinite(speed) ? speed : null,
        SilentSeconds = Math.Max(0, Math.Round(claim.Age.TotalSeconds, 1)),
    };

    // Made with the run's model and settings, and not to be made again by it.
    private bool IsOf(DoneRecord record, NamedSlide slide, RunRecord run)
    {
        var key = DoneKey.Of(slide.Path, record.Key, run.Model!, run.PatchSize, run.Settings!);
        return key == record.Key && run.Settings!.Outputs.All(kind => record.Outputs.Contains(kind.RelativePath(slide.Name)))
            && !(run.Settings.Overwrite && run.Finished is null && !DoneRecord.IsNewerThan(run.Started, _folder, slide.Name));
    }

    private string StateOf(RunRecord run)
    {
        if (run.Finished is not null)
            return run.Error is not null ? "failed" : run.Cancelled ? "stopped" : "finished";
        if (_claims.Values.Any(claim => !claim.IsDead && claim.Note?.Host == run.Host && claim.Note?.Process == run.Process))
            return "running";
        return run.Host != Environment.MachineName ? "unknown"
            : new ClaimNote(run.Host, run.Process, run.Started, "").HasProcess() ? "running" : "died";
    }

    private double? Speed(IEnumerable<SlideState> slides, List<RunState> runs)
    {
        if (runs.Where(run => run.State == "running").Select(run => (DateTime?)run.Started).Min() is not { } began)
            return null;
        var ended = slides.Sum(slide => slide.State switch
        {
            SlideStage.Done when DoneRecord.IsNewerThan(began, _folder, slide.Name!) => 1,
            SlideStage.Running when slide.Since >= began => slide.Share ?? 0,
            _ => 0,
        });
        return ended > 0 && _now > began ? ended / (_now - began).TotalHours : null;
    }
}
