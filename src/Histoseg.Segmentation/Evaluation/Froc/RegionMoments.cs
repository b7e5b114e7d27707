using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>Sums over a region's pixels: how many, and of their coordinates and products of these.</summary>
internal readonly record struct RegionMoments(long Area, long X, long Y, long XX, long XY, long YY) : IRegionData<RegionMoments>
{
    /// <inheritdoc/>
    public static RegionMoments Join(RegionMoments left, RegionMoments right) =>
        new(left.Area + right.Area, left.X + right.X, left.Y + right.Y, left.XX + right.XX, left.XY + right.XY, left.YY + right.YY);

    /// <summary>With the pixels <paramref name="start"/> up to and not including <paramref name="end"/> of row <paramref name="y"/>.</summary>
    public RegionMoments With(long start, long end, long y)
    {
        var count = end - start;
        var x = (start + end - 1) * count / 2;
        var xx = SquaresBelow(end) - SquaresBelow(start);
        return new(Area + count, X + x, Y + y * count, XX + xx, XY + x * y, YY + y * y * count);
    }

    /// <summary>The long axis of the ellipse of the same second moments, 4·√(larger eigenvalue of the covariance), in pixels; 0 for a single one.</summary>
    public double MajorAxis
    {
        get
        {
            double n = Area, mx = X / n, my = Y / n;
            double xx = XX / n - mx * mx, xy = XY / n - mx * my, yy = YY / n - my * my;
            return 4 * Math.Sqrt(Math.Max(0, (xx + yy) / 2 + Math.Sqrt(4 * xy * xy + (xx - yy) * (xx - yy)) / 2));
        }
    }

    // 0² + 1² + … + (n − 1)²
    private static long SquaresBelow(long n) => (n - 1) * n * (2 * n - 1) / 6;
}
