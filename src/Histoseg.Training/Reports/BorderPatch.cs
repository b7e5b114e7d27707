using Histoseg.Slides;
using Histoseg.Slides.Annotations;

namespace Histoseg.Training.Reports;

/// <summary>Finds the patch of a slide where classes meet most evenly, right or wrong, so that a report shows more than what is wrong.</summary>
internal static class BorderPatch
{
    // Each patch is looked at at so many points per side at most, and the slide's longer side at about so many.
    private const int MostSamples = 16, LongestLook = 1024;

    /// <summary>Its left upper corner in level-0 pixels; null where no patch shows two classes.</summary>
    /// <remarks>All patches are judged from one coarse look, so that a slide of 40 000 patches takes no longer than its labels take to paint once.</remarks>
    /// <param name="view">The slide at the scale the network sees.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="patchSize">Side of a patch in view pixels.</param>
    public static (long X, long Y)? Of(SlideView view, ILabelSource truth, int patchSize)
    {
        int columns = view.Width / patchSize, rows = view.Height / patchSize;
        if (columns == 0 || rows == 0)
            return null;
        var samples = Math.Clamp(LongestLook / Math.Max(columns, rows), 1, MostSamples);
        var width = columns * samples;
        var labels = new byte[width * rows * samples];
        truth.Paint(0, 0, width, rows * samples, view.Downsample * patchSize / samples, labels);
        var (best, place) = (0.0, (0, 0));
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                if (Mixture(labels, (row * width + column) * samples, width, samples) is var mixture && mixture > best)
                    (best, place) = (mixture, (column, row));
        return best == 0 ? null : (ToLevel0(place.Item1), ToLevel0(place.Item2));

        long ToLevel0(int at) => (long)Math.Round(at * patchSize * view.Downsample);
    }

    // Of a square of labels that begins at an index: the share of all but the most frequent class.
    private static double Mixture(ReadOnlySpan<byte> labels, int start, int stride, int side)
    {
        Span<int> classes = stackalloc int[ClassMap.Ignore + 1];
        classes.Clear();
        for (var y = 0; y < side; y++)
            foreach (var label in labels.Slice(start + y * stride, side))
                classes[label]++;
        var (counted, largest) = (0, 0);
        foreach (var count in classes[..ClassMap.Ignore])
            (counted, largest) = (counted + count, Math.Max(largest, count));
        return counted == 0 ? 0 : 1 - (double)largest / counted;
    }
}
