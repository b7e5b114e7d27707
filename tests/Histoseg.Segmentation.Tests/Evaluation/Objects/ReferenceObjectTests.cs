using Histoseg.Segmentation.Evaluation.Objects;
using Histoseg.Slides.Labels;
using static Histoseg.Segmentation.Tests.Evaluation.Objects.DrawnObjects;

namespace Histoseg.Segmentation.Tests.Evaluation.Objects;

/// <summary>
/// Against SciPy 1.10, from the formulas: <c>ndimage.label</c> with 8 neighbours, and for each pair of objects <c>distance_transform_edt</c> of the one
/// at the pixels of the other.
/// </summary>
public class ReferenceObjectTests
{
    private const int Width = 160, Height = 120;

    /// <summary>Discs and rings of two classes, most of them predicted as discs near by, specks, an ignored stripe and one that could not be read.</summary>
    private static (byte[] Truth, byte[] Prediction) DrawSlide(int slide)
    {
        var state = slide + 1L;
        int Next(int below) => (int)(((state = (state * 1103515245 + 12345) % 2147483648) >> 8) % below);
        byte[] truth = new byte[Width * Height], prediction = new byte[Width * Height];
        for (var i = 0; i < (slide == 4 ? 0 : 9); i++)
        {
            int centreX = Next(Width), centreY = Next(Height), radius = 3 + Next(14), inner = Next(3) == 0 ? Next(radius) : 0;
            int moveX = Next(9) - 4, moveY = Next(9) - 4, other = Math.Max(1, radius + Next(5) - 2), kind = Next(6);
            var label = (byte)(1 + Next(2));
            for (var at = 0; at < truth.Length; at++)
            {
                int x = at % Width - centreX, y = at / Width - centreY, square = x * x + y * y;
                if (kind != 0 && square < radius * radius && square >= inner * inner)
                    truth[at] = label;
                if (kind != 1 && (x - moveX) * (x - moveX) + (y - moveY) * (y - moveY) < other * other)
                    prediction[at] = label;
            }
        }
        for (var i = 0; i < 5; i++)
            prediction[Next(Height) * Width + Next(Width)] = 1;
        var stripe = Next(Height) * Width;
        truth.AsSpan(stripe, Math.Min(2 * Width, truth.Length - stripe)).Fill(255);
        var column = Next(Width);
        for (var y = 0; y < Height; y++)
            prediction[y * Width + column] = 255;
        return (truth, prediction);
    }

    private static void Is((int Truth, int Predicted, int Found, double F1, double Dice, double? Hausdorff) expected, ObjectScore score)
    {
        Assert.Equal((expected.Truth, expected.Predicted, expected.Found), (score.Truth.Objects, score.Predicted.Objects, score.TruePositives));
        Assert.Equal(expected.F1, score.F1, 12);
        Assert.Equal(expected.Dice, score.Dice, 12);
        Assert.Equal(expected.Hausdorff ?? -1, score.Hausdorff ?? -1, 9);
    }

    [Fact]
    public void Drawn_slides_score_as_by_the_reference()
    {
        (int, int, int, double, double, double?)[] expected =
        [
            (5, 8, 4, 0.6153846153846154, 0.8140754651026918, 3.399167005004794), (5, 5, 2, 0.4, 0.3989572006611456, 26.30067266481781),
            (6, 13, 5, 0.5263157894736842, 0.4254723184485135, 19.13778104915049), (5, 3, 2, 0.5, 0.5913163554866853, 37.54702189228726),
            (2, 7, 0, 0, 0, 64.26877432092924), (4, 4, 3, 0.75, 0.6938403808747502, 12.836951874718006),
            (7, 12, 5, 0.5263157894736842, 0.7197276288421528, 6.342244726083018), (1, 3, 1, 0.5, 0.6283548190599322, 18.168280420404752),
            (0, 5, 0, 0, 0, null), (0, 0, 0, 1, 1, null),
        ];
        (int, int, int, double, double, double?)[] together =
        [
            (20, 45, 14, 0.4307692307692308, 0.6169067316647863, 13.25938924389986), (15, 15, 8, 0.5333333333333333, 0.5053499141327517, 31.72866280931968),
        ];
        for (var label = 1; label <= 2; label++)
        {
            var scores = Enumerable.Range(0, 5).Select(DrawSlide).Select(slide => Score(slide.Truth, slide.Prediction, Width, label)).ToList();
            foreach (var (slide, score) in scores.Index())
                Is(expected[2 * slide + label - 1], score);
            Is(together[label - 1], scores.Aggregate((a, b) => a + b));
        }
    }

    [SkippableTheory]
    [InlineData("testA_10", 5, -3, 31, 30, 28, 0.9180327868852459, 0.9277672762216627, 11.064046963794203)]
    [InlineData("testA_11", 0, 12, 4, 5, 4, 0.8888888888888888, 0.8584262424166502, 14.466758531827699)]
    [InlineData("testA_12", -7, 0, 8, 6, 6, 0.8571428571428571, 0.8106216828006425, 198.82449931440107)]
    public void Glands_of_GlaS_against_themselves_rolled_score_as_by_the_reference(
        string name, int down, int right, int truth, int predicted, int found, double f1, double dice, double hausdorff)
    {
        using var picture = new LabelPicture(SharedData.Require("glas", "mask_gland", name + ".png"), LabelPictureKind.Mask);
        var (width, height) = (picture.Width, picture.Height);
        var mask = picture.ReadRows(0, height);
        byte[] rolled = [.. mask.Select((_, at) => mask[(at / width - down + height) % height * width + (at % width - right + width) % width])];
        Is((truth, predicted, found, f1, dice, hausdorff), Score(mask, rolled, width));
    }
}
