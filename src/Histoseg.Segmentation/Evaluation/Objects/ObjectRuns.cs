using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>What is gathered of an object: its runs as they come, and itself once it is whole.</summary>
/// <param name="Runs">In any order; null before the first.</param>
/// <param name="Whole">The object; null before its last row is in.</param>
internal record struct ObjectRuns(List<PixelBox>? Runs, SlideObject? Whole) : IRegionData<ObjectRuns>
{
    /// <inheritdoc/>
    public static ObjectRuns Join(ObjectRuns left, ObjectRuns right)
    {
        if (left.Runs is null || right.Runs is null)
            return left.Runs is null ? right : left;
        var (more, fewer) = left.Runs.Count < right.Runs.Count ? (right, left) : (left, right);
        more.Runs!.AddRange(fewer.Runs!);
        return more;
    }
}
