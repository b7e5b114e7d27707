namespace Histoseg.Segmentation.Status;

/// <summary>How the work in an output folder stands, whichever programs do it.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Time">When it was looked at, UTC.</param>
/// <param name="Slides">The slides that its runs were given, by path; and inputs that lead to none.</param>
/// <param name="Runs">The runs, the oldest first.</param>
internal sealed record FolderStatus(string Folder, DateTime Time, IReadOnlyList<SlideState> Slides, IReadOnlyList<RunState> Runs)
{
    /// <summary>Slides that ended per hour since the runs that are at work began; null: nothing tells it.</summary>
    public double? SlidesPerHour { get; init; }

    /// <summary>Slides with complete outputs.</summary>
    public int Done => Count(SlideStage.Done);

    /// <summary>Slides and inputs with an error and without outputs.</summary>
    public int Failed => Count(SlideStage.Failed);

    /// <summary>Slides at work.</summary>
    public int Running => Count(SlideStage.Running);

    /// <summary>Slides whose program is gone.</summary>
    public int Died => Count(SlideStage.Died);

    /// <summary>Slides that no program has come to yet.</summary>
    public int Left => Count(SlideStage.Left);

    /// <summary>Patches through the network per second, of all programs at work together.</summary>
    public double PatchesPerSecond => Slides.Where(slide => slide.State == SlideStage.Running).Sum(slide => slide.PatchesPerSecond ?? 0);

    /// <summary>How long it takes at this speed until no slide is left; null: nothing tells it.</summary>
    public double? SecondsLeft => SlidesPerHour is > 0 and var speed
        ? (Left + Died + Slides.Where(slide => slide.State == SlideStage.Running).Sum(slide => 1 - (slide.Share ?? 0))) * 3600 / speed : null;

    private int Count(SlideStage stage) => Slides.Count(slide => slide.State == stage);
}
