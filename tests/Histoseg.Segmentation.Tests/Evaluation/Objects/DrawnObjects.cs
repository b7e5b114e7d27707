using Histoseg.Segmentation.Evaluation.Objects;

namespace Histoseg.Segmentation.Tests.Evaluation.Objects;

/// <summary>Maps drawn as text or by a function, and their scores.</summary>
internal static class DrawnObjects
{
    /// <summary>Rows of labels: <c>.</c> is the background, <c>?</c> 255.</summary>
    public static byte[] Parse(params string[] rows) =>
        [.. string.Concat(rows).Select(c => c switch { '.' => (byte)0, '?' => (byte)255, _ => (byte)(c - '0') })];

    /// <summary>Labels that are a function of column and row.</summary>
    public static byte[] Draw(int width, int height, Func<int, int, bool> marked) =>
        [.. Enumerable.Range(0, width * height).Select(at => marked(at % width, at / width) ? (byte)1 : (byte)0)];

    /// <summary>Whether a pixel lies in a disc.</summary>
    public static bool InDisc(int x, int y, int centreX, int centreY, int radius) =>
        (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY) <= radius * radius;

    /// <summary>The scores of a class.</summary>
    public static ObjectScore Score(byte[] truth, byte[] prediction, int width, int label = 1, double? micronsPerPixel = null)
    {
        var scorer = new ObjectScorer(3, micronsPerPixel);
        for (var at = 0; at < truth.Length; at += width)
            scorer.Add(truth.AsSpan(at, width), prediction.AsSpan(at, width));
        return scorer.Scores().Single(score => score.Class == label);
    }
}
