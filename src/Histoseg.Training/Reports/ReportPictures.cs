using System.Globalization;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Vips;

namespace Histoseg.Training.Reports;

/// <summary>Draws a slide and its patches with truth and prediction laid over, for reports.</summary>
internal static class ReportPictures
{
    // A patch that is nearly right is no example of what goes wrong, be it the worst there is.
    private const double LeastWrong = 0.05;

    // Before patches are chosen, each is looked at at so many points per side at most, and the slide's longer side at about so many.
    private const int MostSamples = 16, LongestLook = 1024;

    /// <summary>The whole slide.</summary>
    /// <param name="caption">What to write above it.</param>
    /// <param name="view">The slide, at any scale.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="longestSide">The longer side of the pictures in pixels.</param>
    public static ReportPicture Slide(string caption, SlideView view, ILabelSource truth, ILabelSource prediction, int longestSide = 720)
    {
        var small = view.Shrunk(longestSide);
        return Draw(_ => caption, small, truth, prediction, 0, 0, small.Width, small.Height);
    }

    /// <summary>What is shown by <see cref="Patches"/>.</summary>
    public static string PatchesInWords { get; } = string.Create(CultureInfo.InvariantCulture,
        $"Of each slide the patches where classes meet, and of the rest those that are most wrong, if at least {LeastWrong * 100:0} % of their pixels are.");

    /// <summary>Some patches of a slide: those with the most even mixture of classes, and those the prediction gets most wrong.</summary>
    /// <param name="name">The slide's name, for the captions.</param>
    /// <param name="view">The slide at the scale the network sees.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="patchSize">Side of a patch in view pixels.</param>
    /// <param name="count">How many at most.</param>
    public static ReportPatches Patches(string name, SlideView view, ILabelSource truth, ILabelSource prediction, int patchSize, int count)
    {
        var looks = LookAt(view, truth, prediction, patchSize);
        var mixed = looks.Where(look => look.Mixture > 0).OrderByDescending(look => look.Mixture).Take((count + 1) / 2).ToList();
        var pictures = mixed.Select(look => DrawPatch("class border", look).Picture).ToList();
        var wrong = 0;
        foreach (var look in looks.Except(mixed).Where(look => look.Wrong >= LeastWrong).OrderByDescending(look => look.Wrong).Take(count - mixed.Count))
        {
            // The look was coarse.
            var (picture, share) = DrawPatch("worst of the rest", look);
            if (share < LeastWrong)
                continue;
            wrong++;
            pictures.Add(picture);
        }
        return new(pictures, wrong > 0 || looks.Count == 0 ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{name}: no {(mixed.Count > 0 ? "other " : "")}patch looked at is {LeastWrong * 100:0} % wrong or more."));

        (ReportPicture Picture, double Wrong) DrawPatch(string why, Look look)
        {
            var wrong = 0.0;
            var picture = Draw(shares =>
            {
                wrong = shares.Wrong;
                return string.Create(CultureInfo.InvariantCulture, $"{name} at ({look.X}, {look.Y}): {why}, {(1 - shares.Wrong) * 100:0} % right");
            }, view, truth, prediction, look.X, look.Y, patchSize, patchSize);
            return (picture, wrong);
        }
    }

    // All patches are judged from one coarse look at the slide, so that a slide of 40 000 patches takes no longer than its labels take to paint once.
    private static List<Look> LookAt(SlideView view, ILabelSource truth, ILabelSource prediction, int patchSize)
    {
        int columns = view.Width / patchSize, rows = view.Height / patchSize;
        if (columns == 0 || rows == 0)
            return [];
        var samples = Math.Clamp(LongestLook / Math.Max(columns, rows), 1, MostSamples);
        var (width, height) = (columns * samples, rows * samples);
        var (expected, found) = (new byte[width * height], new byte[width * height]);
        var downsample = view.Downsample * patchSize / samples;
        truth.Paint(0, 0, width, height, downsample, expected);
        prediction.Paint(0, 0, width, height, downsample, found);
        var looks = new List<Look>(columns * rows);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var shares = Shares(expected, found, (row * width + column) * samples, width, samples, samples);
                looks.Add(new(column * patchSize, row * patchSize, shares.Mixture, shares.Wrong));
            }
        }
        return looks;
    }

    // Of a rectangle of labels that begins at an index: the share of all but the most frequent class, and the share that is predicted wrong.
    private static (double Mixture, double Wrong) Shares(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found, int start, int stride, int width, int height)
    {
        Span<int> classes = stackalloc int[ClassMap.Ignore];
        classes.Clear();
        int counted = 0, wrong = 0;
        for (var y = 0; y < height; y++)
        {
            for (var at = start + y * stride; at < start + y * stride + width; at++)
            {
                if (expected[at] == ClassMap.Ignore || found[at] == ClassMap.Ignore)
                    continue;
                counted++;
                classes[expected[at]]++;
                if (expected[at] != found[at])
                    wrong++;
            }
        }
        var largest = 0;
        foreach (var count in classes)
            largest = Math.Max(largest, count);
        return counted == 0 ? (0, 0) : (1 - (double)largest / counted, (double)wrong / counted);
    }

    private static ReportPicture Draw(Func<(double Mixture, double Wrong), string> caption, SlideView view, ILabelSource truth, ILabelSource prediction, int x,
        int y, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        view.Read(x, y, width, height, rgb);
        var (expected, found) = (Labels(truth), Labels(prediction));
        return new(caption(Shares(expected, found, 0, width, width, height)), Pictures.ToJpegBytes(rgb, width, height), LaidOver(expected), LaidOver(found));

        byte[] Labels(ILabelSource source)
        {
            var labels = new byte[width * height];
            source.Paint(x, y, width, height, view.Downsample, labels);
            return labels;
        }

        byte[] LaidOver(byte[] labels)
        {
            var shown = (byte[])rgb.Clone();
            Overlay.Draw(shown, labels, width, height);
            return Pictures.ToJpegBytes(shown, width, height);
        }
    }

    /// <summary>
    /// A patch looked at: <paramref name="Mixture"/> is the share of all but its most frequent class, <paramref name="Wrong"/> the share of points
    /// predicted wrong.
    /// </summary>
    private readonly record struct Look(int X, int Y, double Mixture, double Wrong);
}
