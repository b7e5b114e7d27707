namespace Histoseg.Slides.Output.Polygons;

/// <summary>Keeps of the regions written so far those that are within the limits: the largest, of equals the first.</summary>
/// <remarks>
/// At twice a limit the smallest are let go for good, and so is what comes after and is no larger. No more is held than that, in memory or on disk.
/// </remarks>
internal sealed class PolygonBudget(PolygonLimits limits)
{
    private List<Written> _kept = [];
    private long _corners;
    private long _mustExceed;

    /// <summary>Regions that were left out.</summary>
    public long LeftOut { get; private set; }

    /// <summary>The text of those kept, from the file's beginning to its end.</summary>
    public IEnumerable<(long Offset, long Length)> Text => _kept.Select(region => (region.Offset, region.Length));

    /// <summary>The same of one label.</summary>
    public IEnumerable<(long Offset, long Length)> TextOf(int label) =>
        _kept.Where(region => region.Label == label).Select(region => (region.Offset, region.Length));

    /// <summary>Whether any is kept.</summary>
    public bool Any => _kept.Count > 0;

    /// <summary>Whether there may be room for a region of so many pixels; one that is refused is counted as left out.</summary>
    public bool Takes(long pixels)
    {
        if (pixels > _mustExceed)
            return true;
        LeftOut++;
        return false;
    }

    /// <summary>Takes a region that was written to the end of the file.</summary>
    /// <returns>Whether it is time to <see cref="Trim"/>.</returns>
    public bool Add(int label, long pixels, long offset, long length, long corners)
    {
        _kept.Add(new(label, pixels, offset, length, corners));
        _corners += corners;
        return _kept.Count > 2L * limits.MostPolygons || _corners > 2 * limits.MostCorners;
    }

    /// <summary>Lets go of what is beyond the limits.</summary>
    /// <returns>Whether anything was.</returns>
    public bool Trim()
    {
        if (_kept.Count <= limits.MostPolygons && _corners <= limits.MostCorners)
            return false;
        var largest = _kept.OrderByDescending(region => region.Pixels).ThenBy(region => region.Offset).ToList();
        var (count, corners) = (1, largest[0].Corners);
        while (count < Math.Min(largest.Count, limits.MostPolygons) && corners + largest[count].Corners <= limits.MostCorners)
            corners += largest[count++].Corners;
        if (count == largest.Count)
            return false;
        LeftOut += largest.Count - count;
        _mustExceed = largest[count].Pixels;
        (_kept, _corners) = ([.. largest.Take(count).OrderBy(region => region.Offset)], corners);
        return true;
    }

    /// <summary>Takes note that the text of those kept was moved together.</summary>
    /// <param name="offset">Where it begins.</param>
    public void Moved(long offset)
    {
        for (var i = 0; i < _kept.Count; i++)
        {
            _kept[i] = _kept[i] with { Offset = offset };
            offset += _kept[i].Length;
        }
    }

    private readonly record struct Written(int Label, long Pixels, long Offset, long Length, long Corners);
}
