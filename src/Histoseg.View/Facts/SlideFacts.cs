using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;
using Histoseg.View.Slides;

namespace Histoseg.View.Facts;

/// <summary>What the list says of a slide.</summary>
/// <param name="Width">Level-0 pixels; 0: not known.</param>
/// <param name="Height">Level-0 pixels; 0: not known.</param>
/// <param name="MicronsPerPixel">µm per level-0 pixel; null: not known.</param>
/// <param name="AreasMm2">mm² by class but the background; null: there is no label map or no scale.</param>
/// <param name="Dice">Dice by class but the background; null: there is no truth.</param>
/// <param name="Error">What is wrong with it; null: nothing.</param>
internal sealed record SlideFacts(int Width, int Height, double? MicronsPerPixel, IReadOnlyDictionary<string, double>? AreasMm2,
    IReadOnlyDictionary<string, double>? Dice, string? Error)
{
    // A level of this many pixels has the areas of the largest within 2 %, see docs/outputs.md.
    private const long MostPixels = 1 << 22;
    private const int RowsPerRead = 256;

    /// <summary>Looks at a slide.</summary>
    /// <exception cref="SlideError">A map is damaged.</exception>
    public static SlideFacts Of(SlideContent content)
    {
        var classes = content.Description.Classes;
        var size = content.Picture.Levels[0];
        // What only lies beside the slide need not be meant for it.
        var trouble = content.Description.TruthByName ? null : content.TruthError;
        if (!content.HasLabels || classes.Count == 0)
            return new(size.Width, size.Height, content.MicronsPerPixel, null, content.Description.Dice, trouble);
        var level = content.Grid.Levels.Within(MostPixels);
        var (map, scored) = (content.Grid.Levels[level], content.Description.Dice is null && content.Truth is not null);
        var (counts, confusion) = (new long[256], new ConfusionMatrix(classes.Count));
        for (var y = 0; y < map.Height; y += RowsPerRead)
        {
            var band = new Region(0, y, map.Width, Math.Min(RowsPerRead, map.Height - y));
            var labels = content.Labels(level, band);
            foreach (var label in labels)
                counts[label]++;
            if (scored)
                confusion.Add(content.TruthAt(level, band), labels);
        }
        var pixel = content.MicronsPerPixel is { } mpp
            ? Math.Pow(mpp * map.Downsample / 1000, 2) * content.Grid.Across * content.Grid.Down : (double?)null;
        return new(size.Width, size.Height, content.MicronsPerPixel,
            pixel is { } area ? Named(classes, label => counts[label] * area) : null,
            content.Description.Dice ?? (confusion.Total > 0 ? Named(classes, label => confusion.Score(label).Dice) : null), trouble);
    }

    private static Dictionary<string, double> Named(IReadOnlyList<string> classes, Func<int, double> value) =>
        Enumerable.Range(1, classes.Count - 1).ToDictionary(label => classes[label], value);
}
