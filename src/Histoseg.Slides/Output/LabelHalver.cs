namespace Histoseg.Slides.Output;

/// <summary>Makes rows of a label map's next smaller level: a pixel has the label of most of the four it covers, and areas stay what they are.</summary>
/// <remarks>
/// <para>
/// Majority alone loses areas: of specks that cover 5 % of a map, hardly a block of four has more than one pixel, so the next level would have none. An account
/// is kept per label, from left to right and from top to bottom, of the pixels it had in the blocks so far less four for every block it won. A tie goes to the
/// label that is owed most, of equals to the one met first in the order top left, top right, bottom left, bottom right. A label that is owed more than
/// <see cref="MostOwed"/> pixels wins the next block it has a pixel in against the majority. So no label appears where it was not, and a label's area at a
/// level is that of the level below to within a few pixels, whatever the map.
/// </para>
/// <para>255, unreadable, is a label like any other. At an odd edge the last row or column counts twice.</para>
/// </remarks>
internal sealed class LabelHalver
{
    /// <summary>How many pixels of the level below a label may be owed before it wins against a majority: 4 pixels of the new level.</summary>
    internal const int MostOwed = 16;

    private readonly int[] _owed = new int[256];

    /// <summary>Makes a row; rows come from top to bottom.</summary>
    /// <param name="top">The upper row of the level below.</param>
    /// <param name="bottom">The one after it, or the same again where there is none.</param>
    /// <param name="halved">Receives half as many labels, rounded up.</param>
    public void Halve(ReadOnlySpan<byte> top, ReadOnlySpan<byte> bottom, Span<byte> halved)
    {
        for (var x = 0; x < halved.Length; x++)
        {
            int left = 2 * x, right = Math.Min(left + 1, top.Length - 1);
            byte a = top[left], b = top[right], c = bottom[left], d = bottom[right];
            halved[x] = a == b && a == c && a == d ? a : Choose([a, b, c, d]);
        }
    }

    private byte Choose(ReadOnlySpan<byte> four)
    {
        var (chosen, best) = (four[0], Claim(four[0], four));
        foreach (var label in four[1..])
        {
            if (Claim(label, four) is var claim && claim.CompareTo(best) > 0)
                (chosen, best) = (label, claim);
        }
        foreach (var label in four)
            _owed[label]++;
        _owed[chosen] -= 4;
        return chosen;
    }

    private (int Overdue, int Pixels, int Owed) Claim(byte label, ReadOnlySpan<byte> four) =>
        (Math.Max(0, _owed[label] - MostOwed), four.Count(label), _owed[label]);
}
