using Histoseg.Segmentation.CleanUp;

namespace Histoseg.Segmentation.Tests.Inference.CleanUp;

/// <summary>What <see cref="LabelCleanUp"/> is defined to do, over a whole map in memory, with flood fills.</summary>
internal static class FloodFill
{
    private const int Removed = -1;
    private static readonly (int X, int Y)[] _sides = [(1, 0), (-1, 0), (0, 1), (0, -1)];
    private static readonly (int X, int Y)[] _sidesAndCorners = [.. _sides, (1, 1), (1, -1), (-1, 1), (-1, -1)];

    public static byte[] CleanUp(byte[] map, int width, CleanUpLimits limits)
    {
        int[] labels = [.. map.Select(label => (int)label)];
        foreach (var hole in Regions(labels, width, _sides, label => label == 0))
            if (hole.Count < limits.FillHoles && !hole.Exists(at => IsAtEdge(at, width, map.Length)) && !Borders(labels, width, hole).Contains(255))
                Paint(labels, hole, Surrounding(labels, width, hole));

        foreach (var region in Regions(labels, width, _sidesAndCorners, label => label is > 0 and < 255)
            .Where(region => region.Count < limits.MinObject).ToList())
            Paint(labels, region, Removed);
        foreach (var group in Regions(labels, width, _sidesAndCorners, label => label == Removed))
            Paint(labels, group, group.Count < limits.MinObject ? Surrounding(labels, width, group) : 0);
        return [.. labels.Select(label => (byte)label)];
    }

    /// <summary>The connected regions of equal labels.</summary>
    public static List<List<int>> Regions(byte[] map, int width, bool byCorners, Func<int, bool> seeks) =>
        Regions([.. map.Select(label => (int)label)], width, byCorners ? _sidesAndCorners : _sides, seeks);

    public static bool IsAtEdge(int at, int width, int length) => at < width || at >= length - width || at % width == 0 || at % width == width - 1;

    private static List<List<int>> Regions(int[] labels, int width, (int X, int Y)[] neighbours, Func<int, bool> seeks)
    {
        var regions = new List<List<int>>();
        var seen = new bool[labels.Length];
        for (var start = 0; start < labels.Length; start++)
        {
            if (seen[start] || !seeks(labels[start]))
                continue;
            var region = new List<int>();
            var open = new Stack<int>([start]);
            seen[start] = true;
            while (open.TryPop(out var at))
            {
                region.Add(at);
                foreach (var next in Neighbours(at, width, labels.Length, neighbours))
                    if (!seen[next] && labels[next] == labels[start])
                    {
                        seen[next] = true;
                        open.Push(next);
                    }
            }
            regions.Add(region);
        }
        return regions;
    }

    private static IEnumerable<int> Neighbours(int at, int width, int length, (int X, int Y)[] steps)
    {
        foreach (var (dx, dy) in steps)
        {
            int x = at % width + dx, y = at / width + dy;
            if (x >= 0 && x < width && y >= 0 && y < length / width)
                yield return y * width + x;
        }
    }

    // The label beyond every pixel edge of the region.
    private static List<int> Borders(int[] labels, int width, List<int> region) =>
        [.. region.SelectMany(at => Neighbours(at, width, labels.Length, _sides)).Select(at => labels[at]).Where(label => label != labels[region[0]])];

    private static int Surrounding(int[] labels, int width, List<int> region) =>
        Borders(labels, width, region).Where(label => label != 255).GroupBy(label => label).OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key).FirstOrDefault()?.Key ?? 0;

    private static void Paint(int[] labels, List<int> region, int label)
    {
        foreach (var at in region)
            labels[at] = label;
    }
}
