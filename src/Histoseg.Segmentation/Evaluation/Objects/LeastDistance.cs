namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>Finds how far that one of many objects is from a given one which is the least far by Hausdorff distance.</summary>
/// <remarks>
/// Objects are looked at in the order of their left edges, outwards from that of the given one: the left edges being apart is a lower bound, and so are the
/// other three of the bounding boxes.
/// </remarks>
internal sealed class LeastDistance
{
    private readonly PixelSet[] _sets;
    private readonly int[] _lefts;

    /// <summary>Prepares searching.</summary>
    public LeastDistance(IEnumerable<PixelSet> sets)
    {
        _sets = [.. sets.OrderBy(set => set.Box.Left)];
        _lefts = Array.ConvertAll(_sets, set => set.Box.Left);
    }

    /// <summary>The least Hausdorff distance, squared; <see cref="long.MaxValue"/> where there is no object.</summary>
    public long SquareFrom(PixelSet set)
    {
        var least = long.MaxValue;
        var right = Array.BinarySearch(_lefts, set.Box.Left);
        right = right < 0 ? ~right : right;
        var left = right - 1;
        while (true)
        {
            var (toLeft, toRight) = (Apart(set, left), Apart(set, right));
            var apart = Math.Min(toLeft, toRight);
            if (apart == long.MaxValue || apart * apart >= least)
                return least;
            var next = _sets[toLeft <= toRight ? left-- : right++];
            if (set.Box.LeastHausdorff(next.Box) < least)
                least = Math.Min(least, Hausdorff.Square(set, next, least));
        }
    }

    private long Apart(PixelSet set, int index) => index >= 0 && index < _lefts.Length ? Math.Abs(_lefts[index] - set.Box.Left) : long.MaxValue;
}
