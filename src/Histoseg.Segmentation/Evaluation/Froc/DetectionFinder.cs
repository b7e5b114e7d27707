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
    // Of equals the first is of the part begun first: where parts of a region join below it, that is not always the upper one.
    private readonly record struct Peak(byte Heat, int Length, int X, int Y, long Part) : IRegionData<Peak>
    {
        public static Peak Join(Peak left, Peak right) => left.IsBelow(right) ? right : left;

        public bool IsBelow(in Peak other) =>
            Heat != other.Heat ? Heat < other.Heat
            : Length != other.Length ? Length < other.Length
            : (Part, Y, X).CompareTo((other.Part, other.Y, other.X)) > 0;
    }

    private readonly RegionFinder<Peak> _regions = new(byCorners: true, sought => sought == label);
    private readonly List<(long Region, Peak Peak)> _found = [];

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> heat)
    {
        _regions.Add(labels);
        foreach (var run in _regions.Runs)
        {
            if (run.Region is not { } part)
                continue;
            ref var highest = ref part.Root().Data;
            for (var x = run.Start; x < run.End;)
            {
                var end = LabelRun.EndOf(heat[..run.End], x);
                var peak = new Peak(heat[x], end - x, x + (end - x - 1) / 2, (int)_regions.Row, part.Number);
                if (highest.IsBelow(peak))
                    highest = peak;
                x = end;
            }
        }
        TakeEnded();
    }

    /// <summary>The detections, from top to bottom, once all rows are in.</summary>
    /// <param name="downsample">Level-0 pixels per pixel of the maps.</param>
    public List<Detection> Detections(double downsample)
    {
        _regions.Add(ReadOnlySpan<byte>.Empty);
        TakeEnded();
        return [.. _found.OrderBy(found => found.Region)
            .Select(found => new Detection(found.Peak.Heat / 255.0, (long)((found.Peak.X + 0.5) * downsample), (long)((found.Peak.Y + 0.5) * downsample)))];
    }

    private void TakeEnded() => _regions.TakeEnded(region => _found.Add((region.Number, region.Data)));
}
