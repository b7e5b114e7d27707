namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>The pixels of an object, as runs in a tree of bounding boxes.</summary>
/// <remarks>
/// The runs lie in the order of a Z curve through their middles, so that neighbours in the list are neighbours in the picture, and the tree halves the
/// list. It takes 32 bytes for each run.
/// </remarks>
internal sealed class PixelSet
{
    private readonly PixelBox[] _runs;
    private readonly PixelBox[] _boxes; // at m: the box around the runs that m parts in halves

    /// <summary>A set of pixels.</summary>
    /// <param name="runs">Boxes one row high that do not overlap; at least one.</param>
    public PixelSet(IEnumerable<PixelBox> runs)
    {
        _runs = [.. runs];
        ArgumentOutOfRangeException.ThrowIfZero(_runs.Length);
        var places = Array.ConvertAll(_runs, run => Spread(run.MiddleX) | Spread(run.MiddleY) << 1);
        Array.Sort(places, _runs);
        _boxes = new PixelBox[_runs.Length];
        Box = Gather(0, _runs.Length);
    }

    /// <summary>Runs.</summary>
    public int Count => _runs.Length;

    /// <summary>The box around all pixels.</summary>
    public PixelBox Box { get; }

    /// <summary>The box around the runs <paramref name="start"/> up to and not including <paramref name="end"/>.</summary>
    /// <remarks>All runs, or a half of what is such a part: <c>start … middle</c> or <c>middle … end</c>; of one run the run itself.</remarks>
    public ref readonly PixelBox BoxOf(int start, int end) => ref end - start == 1 ? ref _runs[start] : ref _boxes[Middle(start, end)];

    /// <summary>Where a part of the runs is halved.</summary>
    public static int Middle(int start, int end) => start + (end - start) / 2;

    /// <summary>The run nearest to a pixel.</summary>
    /// <param name="x">The pixel's column.</param>
    /// <param name="y">The pixel's row.</param>
    /// <param name="guess">A run of the set; the nearer it is, the shorter the search.</param>
    public PixelBox Nearest(int x, int y, PixelBox guess)
    {
        var square = guess.SquareTo(x, y);
        Descend(0, Count, x, y, ref guess, ref square);
        return guess;
    }

    /// <summary>Some run of the set.</summary>
    public PixelBox AnyRun => _runs[0];

    private void Descend(int start, int end, int x, int y, ref PixelBox nearest, ref long square)
    {
        ref readonly var box = ref BoxOf(start, end);
        if (box.SquareTo(x, y) is var bound && bound >= square)
            return;
        if (end - start == 1)
        {
            (nearest, square) = (box, bound);
            return;
        }
        var middle = Middle(start, end);
        if (BoxOf(start, middle).SquareTo(x, y) <= BoxOf(middle, end).SquareTo(x, y))
        {
            Descend(start, middle, x, y, ref nearest, ref square);
            Descend(middle, end, x, y, ref nearest, ref square);
        }
        else
        {
            Descend(middle, end, x, y, ref nearest, ref square);
            Descend(start, middle, x, y, ref nearest, ref square);
        }
    }

    private PixelBox Gather(int start, int end)
    {
        if (end - start == 1)
            return _runs[start];
        var middle = Middle(start, end);
        return _boxes[middle] = Gather(start, middle).Join(Gather(middle, end));
    }

    // The bits of a number with a zero after each.
    private static ulong Spread(int number)
    {
        ulong bits = (uint)number;
        for (var shift = 16; shift > 0; shift /= 2)
            bits = (bits | bits << shift) & ulong.MaxValue / ((1UL << shift) + 1);
        return bits;
    }
}
