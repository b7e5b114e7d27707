using System.Globalization;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;

namespace Histoseg.Segmentation.Reports;

/// <summary>Draws a slide and its patches with truth and prediction laid over, for reports.</summary>
public static class ReportPictures
{
    private const int Samples = 16; // points per side at which a patch is looked at before it is chosen

    /// <summary>The whole slide.</summary>
    /// <param name="caption">What to write above it.</param>
    /// <param name="view">The slide, at any scale.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="longestSide">The longer side of the pictures in pixels.</param>
    public static ReportPicture Slide(string caption, SlideView view, ILabelSource truth, ILabelSource prediction, int longestSide = 720)
    {
        var small = view.Shrunk(longestSide);
        return Draw(caption, small, truth, prediction, 0, 0, small.Width, small.Height);
    }

    /// <summary>Some patches of a slide: those with the most even mixture of classes, and those the prediction gets most wrong.</summary>
    /// <param name="name">The slide's name, for the captions.</param>
    /// <param name="view">The slide at the scale the network sees.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="patchSize">Side of a patch in view pixels.</param>
    /// <param name="count">How many at most.</param>
    public static IReadOnlyList<ReportPicture> Patches(string name, SlideView view, ILabelSource truth, ILabelSource prediction, int patchSize, int count)
    {
        var looks = new List<Look>();
        for (var y = 0; y + patchSize <= view.Height; y += patchSize)
        {
            for (var x = 0; x + patchSize <= view.Width; x += patchSize)
                looks.Add(LookAt(view, truth, prediction, x, y, patchSize));
        }
        var mixed = looks.Where(look => look.Mixture > 0).OrderByDescending(look => look.Mixture).Take((count + 1) / 2).ToList();
        var wrong = looks.Except(mixed).OrderByDescending(look => look.Wrong).Take(count - mixed.Count);
        return
        [
            .. mixed.Select(look => DrawPatch("class border", look)),
            .. wrong.Select(look => DrawPatch("worst of the rest", look)),
        ];

        ReportPicture DrawPatch(string why, Look look) =>
            Draw(string.Create(CultureInfo.InvariantCulture, $"{name} at ({look.X}, {look.Y}): {why}, {(1 - look.Wrong) * 100:0} % right"), view, truth, prediction, look.X, look.Y, patchSize, patchSize);
    }

    private static Look LookAt(SlideView view, ILabelSource truth, ILabelSource prediction, int x, int y, int size)
    {
        var step = (double)size / Samples;
        var (expected, found) = (new byte[Samples * Samples], new byte[Samples * Samples]);
        truth.Paint(x / size * Samples, y / size * Samples, Samples, Samples, view.Downsample * step, expected);
        prediction.Paint(x / size * Samples, y / size * Samples, Samples, Samples, view.Downsample * step, found);
        var counted = expected.Zip(found).Where(pair => pair.First != ClassMap.Ignore && pair.Second != ClassMap.Ignore).ToList();
        if (counted.Count == 0)
            return new(x, y, 0, 0);
        var largest = counted.GroupBy(pair => pair.First).Max(group => group.Count());
        return new(x, y, 1 - (double)largest / counted.Count, counted.Count(pair => pair.First != pair.Second) / (double)counted.Count);
    }

    private static ReportPicture Draw(string caption, SlideView view, ILabelSource truth, ILabelSource prediction, int x, int y, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        view.Read(x, y, width, height, rgb);
        return new(caption, Pictures.ToJpegBytes(rgb, width, height), LaidOver(truth), LaidOver(prediction));

        byte[] LaidOver(ILabelSource source)
        {
            var labels = new byte[width * height];
            source.Paint(x, y, width, height, view.Downsample, labels);
            var shown = (byte[])rgb.Clone();
            Overlay.Draw(shown, labels, width, height);
            return Pictures.ToJpegBytes(shown, width, height);
        }
    }

    /// <summary>A patch looked at: <paramref name="Mixture"/> is the share of all but its most frequent class, <paramref name="Wrong"/> the share of points predicted wrong.</summary>
    private readonly record struct Look(int X, int Y, double Mixture, double Wrong);
}
