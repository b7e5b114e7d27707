using Histoseg.Slides.Regions;

namespace Histoseg.View.Facts;

/// <summary>What is gathered of a region: its box, its longest run, and the sum of its pixels' uncertainty.</summary>
internal struct RegionTally : IRegionData<RegionTally>
{
    private bool _any;

    /// <summary>Leftmost pixel.</summary>
    public int Left { get; private set; }

    /// <summary>First row.</summary>
    public long Top { get; private set; }

    /// <summary>The pixel after the rightmost.</summary>
    public int Right { get; private set; }

    /// <summary>The longest run: its first pixel, the one after its last, its row.</summary>
    public (int Start, int End, long Row) Longest { get; private set; }

    /// <summary>Sum over pixels, 0…1 each.</summary>
    public double Uncertainty { get; private set; }

    /// <summary>Takes in a run of a row.</summary>
    public void Add(int start, int end, long row, double uncertainty)
    {
        (Left, Top, Right) = _any ? (Math.Min(Left, start), Math.Min(Top, row), Math.Max(Right, end)) : (start, row, end);
        Longest = Longer(Longest, (start, end, row));
        Uncertainty += uncertainty;
        _any = true;
    }

    /// <inheritdoc/>
    public static RegionTally Join(RegionTally left, RegionTally right) => !left._any ? right : !right._any ? left : new()
    {
        _any = true,
        Left = Math.Min(left.Left, right.Left),
        Top = Math.Min(left.Top, right.Top),
        Right = Math.Max(left.Right, right.Right),
        Longest = Longer(left.Longest, right.Longest),
        Uncertainty = left.Uncertainty + right.Uncertainty,
    };

    private static (int Start, int End, long Row) Longer((int Start, int End, long Row) one, (int Start, int End, long Row) other) =>
        other.End - other.Start > one.End - one.Start ? other : one;
}
