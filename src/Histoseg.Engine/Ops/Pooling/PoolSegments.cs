namespace Histoseg.Engine.Ops;

/// <summary>
/// One axis of a map, cut wherever a window of any of several poolings begins or ends: all positions of a segment lie in the same windows, and every
/// window is a run of segments.
/// </summary>
internal sealed class PoolSegments
{
    private readonly IReadOnlyList<PoolWindows> _levels;
    private readonly List<(int First, int Past)> _segments = [];

    private PoolSegments(IReadOnlyList<PoolWindows> levels) => _levels = levels;

    /// <summary>Cuts an axis.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="levels">The windows of each pooling.</param>
    /// <param name="coveredOnly">Leave out segments that no window holds.</param>
    public static PoolSegments Of(int length, IReadOnlyList<PoolWindows> levels, bool coveredOnly = false)
    {
        // Long segments are cut further, so that there are enough of them to share among threads.
        var longest = Math.Max(16, length / 16);
        var cut = new bool[length + 1];
        var depth = new int[length + 1];
        foreach (var windows in levels)
        {
            for (var i = 0; i < windows.Output; i++)
            {
                var (first, past) = (windows.First(i), windows.Past(i));
                cut[first] = cut[past] = true;
                depth[first]++;
                depth[past]--;
            }
        }
        var result = new PoolSegments(levels);
        var (start, holders) = (0, 0);
        for (var at = 1; at <= length; at++)
        {
            if (!cut[at] && at < length && at - start < longest)
                continue;
            holders += depth[start];
            depth[start] = 0;
            if (holders > 0 || !coveredOnly)
                result._segments.Add((start, at));
            start = at;
        }
        return result;
    }

    /// <summary>Number of segments.</summary>
    public int Count => _segments.Count;

    /// <summary>Length of the longest.</summary>
    public long Longest => _segments.Max(s => s.Past - s.First);

    /// <summary>First position and one past the last of each segment, in order.</summary>
    public IReadOnlyList<(int First, int Past)> Segments => _segments;

    /// <summary>
    /// The segments that make up the positions from <paramref name="first"/> to before <paramref name="past"/>, a window of one of the poolings.
    /// </summary>
    public (int First, int Past) Within(int first, int past) => (_segments.FindIndex(s => s.First >= first), _segments.FindLastIndex(s => s.Past <= past) + 1);

    /// <summary>Segment after segment: first and past position, then for each pooling the windows that hold it, first and past.</summary>
    public int[] Table()
    {
        var table = new List<int>();
        foreach (var (first, past) in _segments)
        {
            table.Add(first);
            table.Add(past);
            foreach (var windows in _levels)
            {
                var holders = Enumerable.Range(0, windows.Output).Where(i => windows.First(i) <= first && past <= windows.Past(i)).ToArray();
                table.Add(holders.Length > 0 ? holders[0] : 0);
                table.Add(holders.Length > 0 ? holders[^1] + 1 : 0);
            }
        }
        return [.. table];
    }
}
