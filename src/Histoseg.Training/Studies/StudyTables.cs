using System.Globalization;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Studies;

/// <summary>Makes the tables of runs, as the paper prints them.</summary>
/// <param name="study">The study.</param>
/// <param name="runs">The runs of the table, in order, done or not.</param>
/// <param name="times">How long the networks take for a patch; null before it is measured.</param>
internal sealed class StudyTables(StudyConfig study, IReadOnlyList<StudyRunState> runs, StudyTimes? times)
{
    private static readonly StudyColumn Score = StudyScore.Column("Score", "score"), Pooled = StudyScore.Column("Pooled Dice", "pooled_dice");

    /// <summary>The table asked for.</summary>
    public StudyTable Of(StudyTarget target) => target switch
    {
        StudyTarget.Table1 => Networks(),
        StudyTarget.Table2 => KernelSizes(),
        StudyTarget.Table3 => GicnAndCnn(),
        StudyTarget.Table4 => RegionSizes(),
        _ => throw new ArgumentOutOfRangeException(nameof(target), target, "not a table"),
    };

    private StudyTable Networks() => new("Table 1: networks compared",
        [
            StudyNotes.Score(study),
            "Params: learned numbers, and how many of them are not in the backbone, which the paper does not count.",
            "Test time: milliseconds per 512×512 patch, median of rounds in which every network took its turn, one patch at a time, "
                + $"reading of slides not included{(times is null ? "; measured when all runs are done" : $"; on {times.Device}")}. Stride: "
                + "pixels per step of the coarsest map.",
            StudyNotes.Data(study, runs),
        ],
        [
            new("Network", "network"), new("Width", "width"), Score, Pooled,
            new("Params", "parameters"), new("without backbone", "parameters_without_backbone"), new("Test time", "test_time_ms"), new("Stride", "stride"),
        ],
        [
            .. ByVariant().Select(group => new StudyRow(
            [
                Plain(group.First().Run.Network), Plain(group.First().Run.Width), ScoreOf(group), StudyScore.Cell(StudyScore.Of(group, StudyScore.Pooled)),
                Count(Done(group)?.Parameters), Count(Done(group)?.ParametersWithoutBackbone),
                Done(group) is { } timed && times?.Of(timed.Network) is { } ms ? new(Text($"{ms:0.0} ms"), Text($"{ms:0.###}")) : None,
                Done(group) is { } done ? Plain(done.OutputStride) : None,
            ], [.. group])),
        ]);

    private StudyTable KernelSizes() => new("Table 2: length k of the GICN's kernels",
        [StudyNotes.Score(study), "Params: learned numbers, and how many of them are not in the backbone.", StudyNotes.Data(study, runs)],
        [new("k", "k"), Score, Pooled, new("Params", "parameters"), new("without backbone", "parameters_without_backbone")],
        [
            .. ByVariant().Select(group => new StudyRow(
                [Plain(group.First().Run.K!.Value), ScoreOf(group), StudyScore.Cell(StudyScore.Of(group, StudyScore.Pooled)), Count(Done(group)?.Parameters),
                    Count(Done(group)?.ParametersWithoutBackbone)], [.. group])),
        ])
    { Chart = ScoreOverK() };

    private string ScoreOverK()
    {
        (double X, double Y)[] points = [.. ByVariant().Select(PointOf).Where(point => double.IsFinite(point.Y)).OrderBy(point => point.X)];
        return points.Length < 2 ? "" : LineChart.Draw("Score over k", "k", "Score", [new("", "#0969da", points, ChartStyle.Dotted)], (0, 1));
    }

    private static (double X, double Y) PointOf(IGrouping<string, StudyRunState> group) =>
        (group.First().Run.K!.Value, StudyScore.Of(group, StudyScore.OverSlides) is { Seeds: > 0 } score ? score.Mean : double.NaN);

    private StudyTable GicnAndCnn() => new("Table 3: GICN against a plain k×k convolution",
        [StudyNotes.Score(study), "Params: learned numbers without the backbone's, which is the same in both.", StudyNotes.Data(study, runs)],
        [
            new("k", "k"), StudyScore.Column("GICN Score", "gicn_score"), new("GICN Params", "gicn_parameters_without_backbone"),
            StudyScore.Column("CNN Score", "cnn_score"), new("CNN Params", "cnn_parameters_without_backbone"),
        ],
        [
            .. runs.GroupBy(run => run.Run.K!.Value).Select(group =>
            {
                List<StudyRunState> gicn = [.. group.Where(run => run.Run.Network == study.Gicn)],
                    cnn = [.. group.Where(run => run.Run.Network == study.Cnn)];
                return new StudyRow([Plain(group.Key), ScoreOf(gicn), Count(Done(gicn)?.ParametersWithoutBackbone), ScoreOf(cnn),
                    Count(Done(cnn)?.ParametersWithoutBackbone)], [.. gicn, .. cnn]);
            }),
        ]);

    private StudyTable RegionSizes() => new("Table 4: small and large regions",
        [StudyNotes.Regions(study), StudyNotes.Data(study, runs)],
        [
            new("Network", "network"), StudyScore.Column("XS Score", "xs_score"), StudyScore.Column("XL Score", "xl_score"),
            new("XS regions", "xs_regions"), new("XL regions", "xl_regions"),
        ],
        [
            .. ByVariant().Select(group => new StudyRow(
            [
                Plain(group.First().Run.Network), StudyScore.Cell(StudyScore.Of(group, StudyScore.OfRegions(RegionSize.XS))),
                StudyScore.Cell(StudyScore.Of(group, StudyScore.OfRegions(RegionSize.XL))),
                Regions(group, RegionSize.XS), Regions(group, RegionSize.XL),
            ], [.. group])),
        ]);

    private IEnumerable<IGrouping<string, StudyRunState>> ByVariant() => runs.GroupBy(run => run.Run.Variant);

    private static StudyCell ScoreOf(IEnumerable<StudyRunState> group) => StudyScore.Cell(StudyScore.Of(group, StudyScore.OverSlides));

    private static RunResult? Done(IEnumerable<StudyRunState> group) => group.Select(run => run.Result).FirstOrDefault(result => result is not null);

    // Held-out regions, the same ones in every seed.
    private static StudyCell Regions(IEnumerable<StudyRunState> group, RegionSize size) =>
        group.Where(run => run.Result is not null).GroupBy(run => run.Run.Seed).MaxBy(seed => seed.Count()) is { } most
            ? Plain(most.Sum(run => run.Result!.Slides.Sum(slide => slide.Regions.Where(region => region.Size == size).Sum(region => region.Regions)))) : None;

    private static StudyCell None { get; } = new("–", "");

    private static StudyCell Plain(string text) => new(text, text);

    private static StudyCell Plain(long value) => Plain(value.ToString(CultureInfo.InvariantCulture));

    private static StudyCell Count(long? value) => value is not { } known ? None
        : new(
            known >= 10_000_000 ? Text($"{known / 1e6:0.0} M") : known >= 1_000_000 ? Text($"{known / 1e6:0.00} M")
            : known >= 10_000 ? Text($"{known / 1e3:0} K") : Text($"{known / 1e3:0.0} K"),
            Text($"{known}"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
