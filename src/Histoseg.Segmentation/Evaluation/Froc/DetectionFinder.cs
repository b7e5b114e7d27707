namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>Makes detections of a label map and its heat map while both come row by row: one per connected region (8 neighbours) of a class.</summary>
/// <remarks>
/// The confidence is the highest heat in the region, rather than the mean, which would fall with the width of a region's soft border and so
/// with its size. The place is the middle of the longest run of pixels of that heat in a row, the first of equals: of a region saturated
/// over an area that is not a point of its border, and it always lies in the region. The heat map is 1 − probability of the background, so
/// with several foreground classes it tells how surely there is any of them.
/// </remarks>
/// <param name="label">The class.</param>
internal sealed class DetectionFinder(byte label)
{
    private readonly record struct Peak(byte Heat, int Length, int X, int Y)
    {
        public bool IsBelow(Peak other) => (Heat, Length).CompareTo((other.Heat, other.Length)) < 0;
    }

    private readonly ConnectedRuns _regions = new();
    private readonly List<Peak> _peaks = []; // by id
    private byte[] _row = [];
    private int _y;

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> heat)
    {
        if (_row.Length != labels.Length)
            _row = new byte[labels.Length];
        for (var x = 0; x < labels.Length; x++)
            _row[x] = labels[x] == label ? label : (byte)0;
        _regions.Add(_row);
        foreach (var run in _regions.Runs)
        {
            if (run.Id == _peaks.Count)
                _peaks.Add(default);
            for (var x = run.Start; x < run.End;)
            {
                var length = heat[x..run.End].IndexOfAnyExcept(heat[x]);
                if (length < 0)
                    length = run.End - x;
                var peak = new Peak(heat[x], length, x + (length - 1) / 2, _y);
                if (_peaks[run.Id].IsBelow(peak))
                    _peaks[run.Id] = peak;
                x += length;
            }
        }
        _y++;
    }

    /// <summary>The detections, from top to bottom, once all rows are in.</summary>
    /// <param name="downsample">Level-0 pixels per pixel of the maps.</param>
    public List<Detection> Detections(double downsample)
    {
        var best = new SortedDictionary<int, Peak>();
        for (var id = 0; id < _peaks.Count; id++)
        {
            var region = _regions.Find(id);
            if (!best.TryGetValue(region, out var peak) || peak.IsBelow(_peaks[id]))
                best[region] = _peaks[id];
        }
        return [.. best.Values.Select(peak => new Detection(peak.Heat / 255.0, (long)((peak.X + 0.5) * downsample), (long)((peak.Y + 0.5) * downsample)))];
    }
}
