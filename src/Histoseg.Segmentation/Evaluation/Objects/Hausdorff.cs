namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>The Hausdorff distance of two sets of pixels, exact: how far the pixel of either set is from the other set that is the furthest from it.</summary>
/// <remarks>
/// H(A, B) = max(max over A of the distance from B, max over B of that from A), over all pixels and not outlines alone: in the middle of a filled gland,
/// whose prediction is a ring, is where it is worst. Parts of a set are left out whole when not even a corner of their bounding box is further than what was
/// found, from a run of the other set near by.
/// </remarks>
internal sealed class Hausdorff
{
    private readonly PixelSet _from, _to;
    private readonly long _limit;
    private long _furthest;

    private Hausdorff(PixelSet from, PixelSet to, long limit, long furthest) => (_from, _to, _limit, _furthest) = (from, to, limit, furthest);

    /// <summary>The distance, squared, in pixels.</summary>
    /// <param name="a">One set.</param>
    /// <param name="b">The other.</param>
    /// <param name="limit">From where on it is of no interest: a distance of so much or more is told as any number not below it.</param>
    public static long Square(PixelSet a, PixelSet b, long limit = long.MaxValue) => Furthest(b, a, limit, Furthest(a, b, limit, 0));

    private static long Furthest(PixelSet from, PixelSet to, long limit, long furthest)
    {
        var search = new Hausdorff(from, to, limit, furthest);
        search.Part(0, from.Count, to.AnyRun);
        return search._furthest;
    }

    // A run of the other set anywhere is an upper bound, a near one a good one.
    private void Part(int start, int end, PixelBox near)
    {
        ref readonly var box = ref _from.BoxOf(start, end);
        if (!MayReach(box, near))
            return;
        if (end - start == 1)
        {
            Run(box, near);
            return;
        }
        near = _to.Nearest(box.MiddleX, box.MiddleY, near);
        if (!MayReach(box, near))
            return;
        var middle = PixelSet.Middle(start, end);
        var leftFirst = _from.BoxOf(start, middle).FurthestFrom(near) >= _from.BoxOf(middle, end).FurthestFrom(near);
        Part(leftFirst ? start : middle, leftFirst ? middle : end, near);
        Part(leftFirst ? middle : start, leftFirst ? end : middle, near);
    }

    private void Run(PixelBox run, PixelBox near)
    {
        if (!MayReach(run, near))
            return;
        near = _to.Nearest(run.MiddleX, run.Top, near);
        if (!MayReach(run, near))
            return;
        if (run.IsPixel)
        {
            _furthest = run.FurthestFrom(near);
            return;
        }
        // What lies in the other set is at no distance.
        var (left, right) = near.Contains(run.MiddleX, run.Top) ? (near.Left - 1, near.Right + 1) : (run.MiddleX, run.MiddleX + 1);
        if (left >= run.Left)
            Run(run with { Right = left }, near);
        if (right <= run.Right)
            Run(run with { Left = right }, near);
    }

    private bool MayReach(in PixelBox box, in PixelBox near) => _furthest < _limit && box.FurthestFrom(near) > _furthest;
}
