namespace Histoseg.Segmentation.Tests.Evaluation.Objects;

/// <summary>The object scores of small maps straight from the definition, pixel by pixel: F1, Dice and Hausdorff distance of a class.</summary>
internal static class ObjectOracle
{
    private sealed record Drawn(HashSet<(int X, int Y)> Pixels)
    {
        public int Shared(Drawn other) => Pixels.Count(other.Pixels.Contains);
    }

    public static (double F1, double Dice, double? Hausdorff) Score(byte[] truth, byte[] prediction, int width, byte label)
    {
        bool Counts(int at) => truth[at] != 255 && prediction[at] != 255;
        var annotated = Find([.. truth.Select((value, at) => Counts(at) && value == label)], width);
        var predicted = Find([.. prediction.Select((value, at) => Counts(at) && value == label)], width);
        return (F1(annotated, predicted), Dice(annotated, predicted), Mean(annotated, predicted));
    }

    public static double Hausdorff(IReadOnlyCollection<(int X, int Y)> a, IReadOnlyCollection<(int X, int Y)> b)
    {
        static double Directed(IReadOnlyCollection<(int X, int Y)> from, IReadOnlyCollection<(int X, int Y)> to) =>
            from.Max(p => to.Min(q => Math.Sqrt((p.X - q.X) * (p.X - q.X) + (p.Y - q.Y) * (p.Y - q.Y))));
        return Math.Max(Directed(a, b), Directed(b, a));
    }

    /// <summary>What is connected by 8 neighbours, in the order of the first pixels row by row.</summary>
    private static List<Drawn> Find(bool[] marked, int width)
    {
        var objects = new List<Drawn>();
        for (var start = 0; start < marked.Length; start++)
        {
            var pixels = new HashSet<(int X, int Y)>();
            var open = new Stack<(int X, int Y)>([(start % width, start / width)]);
            while (open.TryPop(out var at))
            {
                if (at.X < 0 || at.X >= width || at.Y < 0 || at.Y * width >= marked.Length || !marked[at.Y * width + at.X])
                    continue;
                marked[at.Y * width + at.X] = false;
                pixels.Add(at);
                for (var neighbour = 0; neighbour < 9; neighbour++)
                    open.Push((at.X + neighbour % 3 - 1, at.Y + neighbour / 3 - 1));
            }
            if (pixels.Count > 0)
                objects.Add(new(pixels));
        }
        return objects;
    }

    private static Drawn? Match(Drawn one, List<Drawn> others) => others.Where(other => one.Shared(other) > 0).MaxBy(one.Shared); // the first of equals

    private static double F1(List<Drawn> truth, List<Drawn> predicted)
    {
        if (truth.Count + predicted.Count == 0)
            return 1;
        var found = new HashSet<Drawn>(ReferenceEqualityComparer.Instance);
        foreach (var one in predicted)
            if (Match(one, truth) is { } match && one.Shared(match) >= 0.5 * match.Pixels.Count)
                found.Add(match);
        var (tp, fp, fn) = (found.Count, predicted.Count - found.Count, truth.Count - found.Count);
        return tp == 0 ? 0 : 2.0 * tp / (2.0 * tp + fp + fn);
    }

    private static double Dice(List<Drawn> truth, List<Drawn> predicted)
    {
        static double Half(List<Drawn> side, List<Drawn> others) => side.Sum(one => one.Pixels.Count / (double)side.Sum(any => any.Pixels.Count)
            * (Match(one, others) is { } match ? 2.0 * one.Shared(match) / (one.Pixels.Count + match.Pixels.Count) : 0));
        return truth.Count + predicted.Count == 0 ? 1 : (Half(truth, predicted) + Half(predicted, truth)) / 2;
    }

    private static double? Mean(List<Drawn> truth, List<Drawn> predicted)
    {
        static double Half(List<Drawn> side, List<Drawn> others) => side.Sum(one => one.Pixels.Count / (double)side.Sum(any => any.Pixels.Count)
            * (Match(one, others) is { } match ? Hausdorff(one.Pixels, match.Pixels) : others.Min(other => Hausdorff(one.Pixels, other.Pixels))));
        return truth.Count == 0 || predicted.Count == 0 ? null : (Half(truth, predicted) + Half(predicted, truth)) / 2;
    }
}
