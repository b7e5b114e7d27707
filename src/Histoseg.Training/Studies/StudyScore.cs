using Histoseg.Segmentation.Evaluation;

namespace Histoseg.Training.Studies;

/// <summary>A score over seeds.</summary>
/// <param name="Mean">Mean over seeds.</param>
/// <param name="Deviation">Standard deviation over seeds (n − 1); null with one, and where folds are missing.</param>
/// <param name="Seeds">Seeds it rests on, all of whose runs are done; 0: no seed has all its folds yet, and the score is of those there are.</param>
internal readonly record struct StudyScore(double Mean, double? Deviation, int Seeds)
{
    /// <summary>A score of some runs of one network.</summary>
    /// <remarks>Of seeds whose folds are all done if there is one, so that all seeds are scored on the same slides; else of the runs there are.</remarks>
    /// <param name="runs">Done or not.</param>
    /// <param name="score">The score of the slides of one seed; null where there is nothing to score.</param>
    /// <returns>Null where no run is done.</returns>
    public static StudyScore? Of(IEnumerable<StudyRunState> runs, Func<IReadOnlyList<SlideScores>, double?> score)
    {
        var seeds = runs.GroupBy(run => run.Run.Seed).Where(seed => seed.Any(run => run.Result is not null)).ToList();
        var whole = seeds.Where(seed => seed.All(run => run.Result is not null)).ToList();
        var values = (whole.Count > 0 ? whole : seeds)
            .Select(seed => seed.Where(run => run.Result is not null).SelectMany(run => run.Result!.Slides).Select(slide => slide.ToScores()))
            .Select(slides => score([.. slides])).OfType<double>().ToList();
        if (values.Count == 0)
            return null;
        var mean = values.Average();
        return whole.Count == 0 ? new(mean, null, 0)
            : new(mean, values.Count == 1 ? null : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)), values.Count);
    }

    /// <summary>Mean over slides of the mean Dice of the classes but background: the tables' Score.</summary>
    public static double? OverSlides(IReadOnlyList<SlideScores> slides) => SlideScores.MeanForegroundDice(slides);

    /// <summary>The same of all pixels of all slides together.</summary>
    public static double? Pooled(IReadOnlyList<SlideScores> slides) => SlideScores.Pool([.. slides]).Confusion.MeanForegroundDice;

    /// <summary>Mean Dice over classes of all annotated regions of a size together; null where there is none.</summary>
    public static Func<IReadOnlyList<SlideScores>, double?> OfRegions(RegionSize size) => slides =>
        SlideScores.Pool([.. slides]).Regions.Where(region => region.Size == size).Select(region => region.Dice).Average();

    /// <summary>A column of such scores.</summary>
    /// <param name="heading">Its heading.</param>
    /// <param name="name">Its name in CSV, where deviation and number of seeds follow it.</param>
    public static StudyColumn Column(string heading, string name) => new(heading, name, $"{name}_deviation", $"{name}_seeds");

    /// <summary>The score as a cell of such a column.</summary>
    public static StudyCell Cell(StudyScore? score) => score is not { } known ? new("–", "", "", "")
        : new(known.ToString(), Figures.Exact(known.Mean), Figures.Exact(known.Deviation), Figures.Number(known.Seeds));

    /// <inheritdoc/>
    public override string ToString() =>
        Figures.Share(Mean) + (Deviation is { } deviation ? $" ± {Figures.Share(deviation)} ({Figures.Number(Seeds)})" : Seeds == 0 ? ", folds missing" : "");
}
