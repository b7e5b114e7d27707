using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Proposals;

/// <summary>What the slides of a dataset and their truths show together.</summary>
/// <param name="Slides">Those that can be used, at least one.</param>
/// <param name="Failures">Those that cannot, with the reason, which begins with the file.</param>
/// <param name="Groups">What is drawn, the largest area first.</param>
internal sealed record DatasetSurvey(IReadOnlyList<SurveyedSlide> Slides, IReadOnlyList<string> Failures, IReadOnlyList<GroupSummary> Groups)
{
    /// <summary>Opens and looks at all slides.</summary>
    /// <param name="rows">The slides.</param>
    /// <param name="otherwiseMpp">µm per level-0 pixel of slides that do not tell it; null: it stays unknown.</param>
    /// <param name="looked">Told how many are done.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <exception cref="SlideError">None of them can be used; the details tell why, of each.</exception>
    public static DatasetSurvey Of(IReadOnlyList<ManifestRow> rows, double? otherwiseMpp, IProgress<int>? looked, CancellationToken cancel)
    {
        var (slides, failures) = (new SurveyedSlide?[rows.Count], new string?[rows.Count]);
        var done = 0;
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            try
            {
                slides[i] = SlideSurvey.Of(rows[i], otherwiseMpp);
            }
            catch (SlideError error)
            {
                failures[i] = error.Message.StartsWith(rows[i].Slide, StringComparison.Ordinal) ? error.Message : $"{rows[i].Slide}: {error.Message}";
            }
            looked?.Report(Interlocked.Increment(ref done));
        });
        SurveyedSlide[] usable = [.. slides.OfType<SurveyedSlide>()];
        string[] unusable = [.. failures.OfType<string>()];
        if (usable.Length == 0)
            throw new SlideError($"{Figures.All(rows.Count, "slide")} cannot be used; {unusable[0]}") { Details = unusable[1..] };
        return Of(usable) with { Failures = unusable };
    }

    /// <summary>Puts together what slides show.</summary>
    internal static DatasetSurvey Of(IReadOnlyList<SurveyedSlide> slides) =>
        new(slides, [], [.. Summarise(slides).OrderByDescending(group => group.Area)]);

    /// <summary>The median of the slides' own µm per pixel; null where one does not tell it.</summary>
    public double? MicronsPerPixel => Slides.Any(slide => slide.Scale is null) ? null
        : Slides.Select(slide => slide.Scale!.Value.MicronsPerPixel).Order().ElementAt(Slides.Count / 2);

    /// <summary>Level-0 pixels of all slides.</summary>
    public double Pixels => Slides.Sum(slide => (double)slide.Width * slide.Height);

    private static IEnumerable<GroupSummary> Summarise(IReadOnlyList<SurveyedSlide> slides)
    {
        // Where a slide's scale is not known all sizes are in pixels.
        var known = slides.All(slide => slide.Scale is not null);
        return slides.SelectMany(slide => slide.Groups.Select(group => (Slide: slide, Group: group)))
            .GroupBy(one => (one.Group.Name.ToUpperInvariant(), one.Group.Value)).Select(group =>
            {
                var areas = group.SelectMany(one => one.Group.Areas.Select(area => area * Math.Pow(known ? one.Slide.Scale!.Value.MicronsPerPixel : 1, 2)));
                return GroupSummary.Of(group.First().Group.Name, group.First().Group.Value, group.Select(one => one.Slide).Distinct().Count(),
                    [.. group.Select(one => one.Slide.Program).Distinct().Order(StringComparer.Ordinal)], [.. areas], known);
            });
    }
}
