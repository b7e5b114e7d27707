using Histoseg.Segmentation.Evaluation.Froc;

namespace Histoseg.Segmentation.Tests.Evaluation.Froc;

/// <summary>
/// The whole way from annotation to score against SciPy 1.10 and scikit-image 0.19 on six drawn slides, one without tumour:
/// <c>distance_transform_edt &lt; 37.5/7.776</c>, <c>binary_fill_holes</c>, <c>label(connectivity=2)</c>, <c>regionprops.major_axis_length &lt;
/// 275/7.776</c>, <c>numpy.interp</c>.
/// </summary>
public class ReferenceFrocTests
{
    private const int Width = 320, Height = 240; // pixels of 7.776 µm
    private static readonly double[][] _axes =
    [
        [510.8929, 292.3146, 632.1424, 229.6259, 585.2598, 507.2281, 640.701, 220.2739],
        [162.0874, 235.7681, 576.9733, 249.6573, 686.1745, 266.3903, 499.6843, 428.2131, 453.6955, 266.3903],
        [471.8683, 110.4027, 220.2739, 487.4487, 376.5784, 220.2739, 266.3903, 360.7256, 685.3506, 370.652, 110.4027, 325.7862],
        [392.819, 322.2502, 461.7369, 124.5707, 290.3456, 423.1609, 282.7233, 454.3523, 72.6082, 220.2739, 235.7681, 458.0077],
        [494.5719, 864.8805, 91.6323, 171.4038, 91.6323, 408.3839, 157.4939, 685.8663, 484.3313, 91.6323],
        [],
    ];

    /// <summary>Discs and rings, and detections on most of their centres and anywhere.</summary>
    private static (byte[] Tumour, List<Detection> Detections) Draw(int slide)
    {
        var state = slide + 1L;
        int Next(int below) => (int)(((state = (state * 1103515245 + 12345) % 2147483648) >> 8) % below);
        var tumour = new byte[Width * Height];
        var detections = new List<Detection>();
        for (var i = 0; i < (slide == 5 ? 0 : 14); i++)
        {
            int centreX = Next(Width), centreY = Next(Height), radius = 1 + Next(26), inner = Next(2) != 0 ? Next(radius) : 0;
            if (Next(3) != 0)
                detections.Add(new((100 + Next(156)) / 255.0, centreX, centreY));
            for (var at = 0; at < tumour.Length; at++)
            {
                int x = at % Width - centreX, y = at / Width - centreY, square = x * x + y * y;
                if (square < radius * radius && square >= inner * inner)
                    tumour[at] = 1;
            }
        }
        for (var i = 0; i < 8; i++)
            detections.Add(new((1 + Next(255)) / 255.0, Next(Width), Next(Height)));
        return (tumour, detections);
    }

    [Fact]
    public void Lesions_and_score_are_those_of_the_reference()
    {
        var slides = new List<SlideFroc>();
        for (var i = 0; i < 6; i++)
        {
            var (tumour, detections) = Draw(i);
            var lesions = LesionMap.Of(new DrawnLabels(Width, Height, (x, y) => tumour[(int)y * Width + (int)x]), 1, Width, Height, 7.776);
            Assert.Equal(_axes[i].Order(), lesions.Lesions.Select(lesion => Math.Round(lesion.MajorAxis, 4)).Order());
            slides.Add(SlideFroc.Of(detections, lesions));
        }
        var curve = new FrocCurve(slides);
        Assert.Equal((31, 21, 42, 18), (curve.Lesions, curve.Isolated, slides.Sum(slide => slide.FalsePositives.Count), slides.Sum(slide => slide.LeftOut)));
        double[] sensitivities = [0, 0.03225806451612903, 0.25806451612903225, 0.5161290322580645, 0.9032258064516129, 0.9354838709677419];
        foreach (var (rate, sensitivity) in FrocCurve.Rates.Zip(sensitivities))
            Assert.Equal(sensitivity, curve.SensitivityAt(rate)!.Value, 12);
        Assert.Equal(0.44086021505376344, curve.Score!.Value, 12);
    }
}
