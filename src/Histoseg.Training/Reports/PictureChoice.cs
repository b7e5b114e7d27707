using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Training.Findings;

namespace Histoseg.Training.Reports;

/// <summary>Chooses which slides and patches of a set a report shows, and draws them, slide by slide.</summary>
internal sealed class PictureChoice
{
    private const int MostSlides = 6, MostPatches = 12;

    // A patch that is nearly right is no example of what goes wrong, be it the worst there is.
    private const double LeastWrong = 0.05;

    private readonly IReadOnlyList<(string Name, SlideScores Scores)> _slides;
    private readonly IReadOnlyList<string> _classes;
    private readonly int _patchSize;
    private readonly ClassPalette _palette;
    private readonly Dictionary<int, ReportPicture> _whole = [], _borders = [];
    private readonly ReportPicture?[] _wrong;

    /// <summary>Chooses.</summary>
    /// <param name="slides">All slides of the set, with their worst patches.</param>
    /// <param name="classes">Class names, background first.</param>
    /// <param name="patchSize">Side of a patch in pixels of the views.</param>
    /// <param name="palette">A colour for each class; null: the usual ones.</param>
    public PictureChoice(
        IReadOnlyList<(string Name, SlideScores Scores)> slides, IReadOnlyList<string> classes, int patchSize, ClassPalette? palette = null)
    {
        (_slides, _classes, _patchSize, _palette) = (slides, classes, patchSize, palette ?? ClassPalette.Usual);
        var ranked = slides.Index().Where(one => one.Item.Scores.IsScored).OrderBy(one => one.Item.Scores.Confusion.MeanForegroundDice)
            .Select(one => one.Index).ToList();
        Shown = ranked.Count <= MostSlides ? ranked
            : [.. Enumerable.Range(0, MostSlides).Select(i => ranked[i * (ranked.Count - 1) / (MostSlides - 1)])];
        Worst = [.. slides.Index().SelectMany(one => (one.Item.Scores.WorstPatches ?? []).Select(patch => (Slide: one.Index, Patch: patch)))
            .Where(one => one.Patch.Share >= LeastWrong).OrderByDescending(one => one.Patch.Wrong).Take(MostPatches)];
        _wrong = new ReportPicture?[Worst.Count];
    }

    /// <summary>The slides that are shown whole, by index, from the worst to the best.</summary>
    public IReadOnlyList<int> Shown { get; }

    /// <summary>The worst patches of all slides, the worst first.</summary>
    public IReadOnlyList<(int Slide, PatchError Patch)> Worst { get; }

    /// <summary>What is said of the slides that are shown.</summary>
    public string SlidesInWords => Shown.Count < _slides.Count
        ? $"{Shown.Count} of {Figures.Count(_slides.Count, "slide")}, evenly from the worst to the best."
        : Shown.Count > 1 ? "From the worst to the best." : "";

    /// <summary>What is said of the worst patches.</summary>
    public string WorstInWords => Worst.Count == 0
        ? Figures.Text($"No patch of {Figures.The(_slides.Count, "slide")} is {LeastWrong * 100:0} % wrong or more.")
        : Figures.Text($"Those with the most wrong pixels of all patches of {Figures.The(_slides.Count, "slide")}, ")
            + Figures.Text($"if at least {LeastWrong * 100:0} % of what counts is. The place is the left upper corner, in level-0 pixels.");

    /// <summary>Whether anything of a slide is shown.</summary>
    /// <param name="slide">Its index.</param>
    public bool Wants(int slide) => Shown.Contains(slide) || Worst.Any(one => one.Slide == slide);

    /// <summary>Draws what is shown of a slide.</summary>
    /// <param name="slide">Its index.</param>
    /// <param name="view">The slide at the scale the network sees.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <exception cref="SlideError">It cannot be read any more.</exception>
    public void Draw(int slide, SlideView view, ILabelSource truth, ILabelSource prediction)
    {
        var (name, scores) = _slides[slide];
        if (Shown.Contains(slide))
        {
            _whole[slide] = ReportPictures.Slide($"{name}: Dice {Dices(scores.Confusion)}", view, truth, prediction, _palette);
            if (BorderPatch.Of(view, truth, _patchSize) is var (x, y))
                _borders[slide] = ReportPictures.Patch(Figures.Text($"{name} at ({x}, {y})"), view, truth, prediction, _palette, x, y, _patchSize);
        }
        foreach (var (place, (_, patch)) in Worst.Index().Where(one => one.Item.Slide == slide))
            _wrong[place] = ReportPictures.Patch(Figures.Text($"{name} at ({patch.X}, {patch.Y}): {Percent.Of(patch.Share)} wrong"),
                view, truth, prediction, _palette, patch.X, patch.Y, _patchSize);
    }

    private string Dices(ConfusionMatrix confusion) =>
        string.Join(", ", _classes.Skip(1).Select((name, i) => Figures.Text($"{name} {confusion.Score(i + 1).Dice:0.000}")));

    /// <summary>The pictures drawn, put into a report.</summary>
    public TrainingReportData Into(TrainingReportData report) => report with
    {
        Slides = [.. Shown.Where(_whole.ContainsKey).Select(slide => _whole[slide])],
        SlidesNote = SlidesInWords,
        Borders = [.. Shown.Where(_borders.ContainsKey).Select(slide => _borders[slide])],
        Worst = [.. _wrong.OfType<ReportPicture>()],
        WorstNote = WorstInWords,
    };
}
