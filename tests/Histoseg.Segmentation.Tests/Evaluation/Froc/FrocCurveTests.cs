using Histoseg.Segmentation.Evaluation.Froc;

namespace Histoseg.Segmentation.Tests.Evaluation.Froc;

public class FrocCurveTests
{
    private static SlideFroc Slide(double[] falsePositives, double?[] lesions) => new(falsePositives, lesions, 0, 0);

    private static (double Threshold, double FalsePositives, double Sensitivity)[] Points(FrocCurve curve) =>
        [.. curve.Points.Select(point => (point.Threshold, point.FalsePositives, point.Sensitivity))];

    [Fact]
    public void Curve_and_score_by_hand()
    {
        // Two slides, one of them without tumour; three lesions, one of them missed.
        var curve = new FrocCurve([Slide([0.7, 0.2], [0.9, 0.4, null]), Slide([0.8], [])]);
        Assert.Equal((2, 3, 0), (curve.Slides, curve.Lesions, curve.Isolated));
        Assert.Equal(
            [
                (double.PositiveInfinity, 0, 0),
                (0.9, 0, 1 / 3.0),
                (0.8, 0.5, 1 / 3.0),
                (0.7, 1, 1 / 3.0),
                (0.4, 1, 2 / 3.0),
                (0.2, 1.5, 2 / 3.0),
            ],
            Points(curve));
        Assert.Equal(1 / 3.0, curve.SensitivityAt(0.25)!.Value, 12);
        Assert.Equal(1 / 3.0, curve.SensitivityAt(0.5)!.Value, 12);
        Assert.Equal(2 / 3.0, curve.SensitivityAt(1)!.Value, 12); // of the two points with one false positive per slide, the higher
        Assert.Equal(2 / 3.0, curve.SensitivityAt(8)!.Value, 12); // beyond the last point
        Assert.Equal((1 / 3.0 + 1 / 3.0 + 4 * 2 / 3.0) / 6, curve.Score!.Value, 12);
    }

    [Fact]
    public void Between_points_the_curve_is_a_straight_line()
    {
        // One slide: at 0.9 nothing wrong and 1 of 4, at 0.5 four wrong at once and 3 of 4.
        var curve = new FrocCurve([Slide([0.5, 0.5, 0.5, 0.5], [0.9, 0.5, 0.5, null])]);
        Assert.Equal([(double.PositiveInfinity, 0, 0), (0.9, 0, 0.25), (0.5, 4, 0.75)], Points(curve));
        double[] expected = [0.25 + 0.5 / 16, 0.25 + 0.5 / 8, 0.25 + 0.5 / 4, 0.25 + 0.5 / 2, 0.75, 0.75];
        Assert.Equal(expected, FrocCurve.Rates.Select(rate => curve.SensitivityAt(rate)!.Value));
        Assert.Equal(expected.Average(), curve.Score!.Value, 12);
    }

    [Fact]
    public void Finding_all_without_a_mistake_scores_1_and_nothing_0()
    {
        Assert.Equal(1, new FrocCurve([Slide([], [0.1, 0.1])]).Score);
        Assert.Equal(0, new FrocCurve([Slide([], [null]), Slide([0.3], [null])]).Score);
        Assert.Equal(0, new FrocCurve([Slide([], [null])]).Score);
    }

    [Fact]
    public void Without_lesions_there_is_no_score()
    {
        var curve = new FrocCurve([Slide([0.5], []), new([], [], Isolated: 2, LeftOut: 1)]);
        Assert.Null(curve.Score);
        Assert.Null(curve.SensitivityAt(1));
        Assert.Equal((0, 2), (curve.Lesions, curve.Isolated));
        Assert.Equal(0.5, curve.Points[^1].FalsePositives);
        Assert.All(curve.Points, point => Assert.Equal(double.NaN, point.Sensitivity));
        Assert.Equal("threshold,false_positives_per_slide,sensitivity\r\n,0,\r\n0.5,0.5,\r\n", FrocReport.Csv(curve));
    }

    [Fact]
    public void Detections_are_sorted_into_lesions_isolated_cells_ignored_places_and_mistakes()
    {
        // mpp 1. A lesion of 400 × 400 µm, isolated cells of 100 × 100 µm, and a part of the slide that says nothing.
        var lesions = LesionMap.Of(new DrawnLabels(2000, 2000,
            (x, y) =>
            x is >= 200 and < 600 && y is >= 200 and < 600 ? (byte)1 : x is >= 1200 and < 1300 && y is >= 1200 and < 1300 ? (byte)1 : y >= 1800 ? (byte)255
            : (byte)0), 1, 2000, 2000, 1);
        var slide = SlideFroc.Of(
            [
                new(0.5, 300, 300), new(0.8, 590, 590), new(0.6, 400, 220), // one lesion, three times
                new(0.9, 620, 400), // in its seam
                new(0.7, 1250, 1250), // isolated cells
                new(0.4, 1000, 1900), // ignored
                new(0.95, 1000, 300), new(0.3, 5000, 300), new(0.2, 300, -1), // mistakes, two of them off the slide
                new(0, 1000, 1000), // believed by nobody
            ],
            lesions);
        Assert.Equal([0.95, 0.3, 0.2], slide.FalsePositives);
        Assert.Equal([0.9], slide.Lesions);
        Assert.Equal((1, 2), (slide.Isolated, slide.LeftOut));
    }
}
