using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>Finds the objects of one side, truth or prediction, while its labels come row by row: connected regions (8 neighbours) of each class.</summary>
internal sealed class ObjectFinder
{
    private readonly RegionFinder<ObjectRuns> _regions = new(byCorners: true, label => label is not 0 and not ClassMap.Ignore);
    private readonly List<SlideObject> _whole = [];

    /// <summary>The runs of the last row.</summary>
    public ReadOnlySpan<RegionRun<ObjectRuns>> Runs => _regions.Runs;

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        _regions.Add(row);
        var y = (int)_regions.Row;
        foreach (var run in Runs)
            if (run.Region is { } region)
                (region.Root().Data.Runs ??= []).Add(new(run.Start, y, run.End - 1, y));
        TakeEnded();
    }

    /// <summary>The objects in the order of their numbers, once all rows are in.</summary>
    public IReadOnlyList<SlideObject> Objects()
    {
        _regions.Add(ReadOnlySpan<byte>.Empty);
        TakeEnded();
        return [.. _whole.OrderBy(found => found.Number)];
    }

    private void TakeEnded() => _regions.TakeEnded(region =>
    {
        var whole = new SlideObject(region.Number, region.Label, region.Area, new(region.Data.Runs!));
        region.Data = new(null, whole);
        _whole.Add(whole);
    });
}
