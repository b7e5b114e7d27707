using System.Runtime.InteropServices;
using Histoseg.Slides.Regions;

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

    private readonly RegionFinder<NoRegionData> _regions = new(byCorners: true, sought => sought == label);
    private readonly List<(ConnectedRegion<NoRegionData> Region, Peak Peak)> _peaks = []; // of all regions begun, by number

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> heat)
    {
        _regions.Add(labels);
        foreach (var run in _regions.Runs)
        {
            if (run.Region is not { } region)
                continue;
            if (region.Number == _peaks.Count)
                _peaks.Add((region, default));
            ref var highest = ref CollectionsMarshal.AsSpan(_peaks)[(int)region.Number].Peak;
            for (var x = run.Start; x < run.End;)
            {
                var end = LabelRun.EndOf(heat[..run.End], x);
                var peak = new Peak(heat[x], end - x, x + (end - x - 1) / 2, (int)_regions.Row);
                if (highest.IsBelow(peak))
                    highest = peak;
                x = end;
            }
        }
    }

    /// <summary>The detections, from top to bottom, once all rows are in.</summary>
    /// <param name="downsample">Level-0 pixels per pixel of the maps.</param>
    public List<Detection> Detections(double downsample)
    {
        var best = new SortedDictionary<long, Peak>();
        foreach (var (part, peak) in _peaks)
        {
            var region = part.Root().Number;
            if (!best.TryGetValue(region, out var highest) || highest.IsBelow(peak))
                best[region] = peak;
        }
        return [.. best.Values.Select(peak => new Detection(peak.Heat / 255.0, (long)((peak.X + 0.5) * downsample), (long)((peak.Y + 0.5) * downsample)))];
    }
}
