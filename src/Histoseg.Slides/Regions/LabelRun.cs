namespace Histoseg.Slides.Regions;

/// <summary>
/// Equal neighbours in a row of labels: pixels <paramref name="Start"/> up to and not including <paramref name="End"/>. The runs of a row cover it
/// from left to right.
/// </summary>
/// <param name="Start">The first pixel.</param>
/// <param name="End">The pixel after the last.</param>
/// <param name="Label">0 to 255, or a number above that its user gives a meaning.</param>
internal readonly record struct LabelRun(int Start, int End, int Label)
{
    /// <summary>The pixel after the last that equals the one at <paramref name="start"/> and all between.</summary>
    public static int EndOf(ReadOnlySpan<byte> row, int start)
    {
        var length = row[start..].IndexOfAnyExcept(row[start]);
        return length < 0 ? row.Length : start + length;
    }
}
