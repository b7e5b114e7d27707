using Histoseg.Segmentation.Evaluation;
using Histoseg.Training.Findings;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Reports;

/// <summary>The tables of a report.</summary>
public class ReportSectionTests
{
    private static readonly string[] Two = ["background", "tumour"];

    [Fact]
    public void Patients_pool_their_slides_and_their_mean_has_an_interval()
    {
        var patients = PatientScore.Of(
            [("p1", Scores(0, 80, 20)), ("p2", Scores(0, 50, 50)), ("p1", Scores(0, 20, 80)), ("none", Scores(900, 0, 0)), ("p3", Scores(0, 90, 10))]);
        Assert.Equal([("p1", 2, 2 * 100 / 300.0), ("p2", 1, 100 / 150.0), ("none", 1, null), ("p3", 1, 180 / 190.0)],
            patients.Select(patient => (patient.Patient, patient.Slides, patient.Dice(1))));
        var html = PatientTable.Draw(Two, patients);
        Assert.Contains("<tr><td>none</td><td>1</td><td>–</td></tr>", html);
        Assert.Contains("<tr><td>mean</td><td></td><td>0.760</td></tr><tr><td>95 % interval</td><td></td><td>0.667–0.947</td></tr>", html);
        Assert.Contains("10000 times as many patients are drawn, each may be drawn again (seed 1), and 95 % of their means lie in it. "
            + "Of so few patients it is rough.", html);
        html = PatientTable.Draw(Two, [.. patients.Take(2)]);
        Assert.DoesNotContain("95 % interval", html);
        Assert.Contains("too few patients: at least 3 are needed", html);
    }

    [Fact]
    public void A_confusion_matrix_has_a_row_per_true_class()
    {
        var html = ConfusionTable.Draw(["background", "tumour", "fat"], new([[990, 10, 0], [30, 70, 0], [0, 0, 0]], [0, 0, 0]));
        Assert.Contains("<tr><td>tumour</td><td style=\"background:rgba(230,120,0,0.19)\">30 %</td>"
            + "<td style=\"background:rgba(9,105,218,0.37)\"><b>70 %</b></td><td style=\"background:rgba(230,120,0,0.00)\">0 %</td><td>100</td></tr>", html);
        Assert.Contains("<tr><td>fat</td><td>–</td><td>–</td><td>–</td><td>0</td></tr>", html);
    }

    [Fact]
    public void Balances_are_shares_and_empty_ones_are_left_out()
    {
        var ofPrediction = ClassBalance.OfPrediction(new([[60, 20], [5, 15]], [0, 0]));
        var html = ClassBalance.Draw(Two, [new("slides", [30, 10]), new("nothing yet", [0, 0]), .. ofPrediction]);
        Assert.Contains("<tr><td>tumour</td><td>25 %</td><td>20 %</td><td>35 %</td></tr>", html);
        Assert.DoesNotContain("nothing yet", html);
        Assert.Empty(ClassBalance.OfPrediction(null));
    }

    [Fact]
    public void Answers_stand_under_their_questions_and_a_question_without_answer_is_left_out() =>
        Assert.Equal("<dl class=\"answers\"><dt>Did it learn?</dt><dd>Yes.</dd><dt>What to do next</dt><dd>&lt;This&gt;.</dd><dd>That.</dd></dl>",
            AnswersSection.Draw([new(Question.Next, "<This>."), new(Question.Learnt, "Yes."), new(Question.Next, "That.")]));

    [Fact]
    public void Long_tables_fold_and_keep_what_sums_up()
    {
        string[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new[] { $"s{i}", "1" })];
        Assert.DoesNotContain("<details>", Html.Foldable(["slide", "x"], Rows(15), [["all", "1"]], "slide"));
        var html = Html.Foldable(["slide", "x"], Rows(16), [["all", "1"]], "slide");
        var folded = html.IndexOf("<details><summary>all 16 slides</summary>", StringComparison.Ordinal);
        Assert.InRange(html.IndexOf("<td>all</td>", StringComparison.Ordinal), 0, folded);
        Assert.True(html.IndexOf("<td>s15</td>", StringComparison.Ordinal) > folded);
    }

    [Fact]
    public void The_worst_patches_are_those_with_the_most_wrong_pixels_of_all_slides()
    {
        // The second slide has most of them; one is large and nearly right.
        (string, SlideScores)[] slides =
        [
            ("a", Scores(0, 80, 20) with { WorstPatches = [new(0, 0, 300, 1000), new(64, 0, 20, 1000)] }),
            ("b", Scores(0, 50, 50) with { WorstPatches = [new(0, 0, 900, 1000), new(64, 0, 400, 1000), new(0, 64, 350, 10_000)] }),
            ("unscored", Scores(0, 0, 0)),
        ];
        var choice = new PictureChoice(slides, Two, 64);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(choice.Wants));
        Assert.Equal([(1, 900L), (1, 400L), (0, 300L)], choice.Worst.Select(one => (one.Slide, one.Patch.Wrong)));
        Assert.Equal("Those with the most wrong pixels of all patches of the 3 slides, if at least 5 % of what counts is. "
            + "The place is the left upper corner, in level-0 pixels.", choice.WorstInWords);
        Assert.Equal("No patch of the one slide is 5 % wrong or more.", new PictureChoice([("a", Scores(0, 9, 0))], Two, 64).WorstInWords);
    }

    [Fact]
    public void Of_many_slides_some_are_shown_from_the_worst_to_the_best()
    {
        (string, SlideScores)[] slides = [.. Enumerable.Range(0, 21).Select(i => ($"s{i}", Scores(0, 100 - 4 * i, 4 * i)))];
        var choice = new PictureChoice(slides, Two, 64);
        Assert.Equal([20, 16, 12, 8, 4, 0], choice.Shown);
        Assert.Equal("6 of 21 slides, evenly from the worst to the best.", choice.SlidesInWords);
    }

    // Background rightly so called; tumour rightly and wrongly.
    private static SlideScores Scores(long background, long found, long missed) => new(new([[background, 0], [missed, found]], [0, 0]), []);
}
