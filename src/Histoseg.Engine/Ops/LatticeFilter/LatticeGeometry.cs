using System.Globalization;
using System.Numerics;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops;

/// <summary>
/// The permutohedral lattice of Adams et al. 2010 in integers: which simplex holds a pixel, how near it is to each vertex, and what the vertices
/// are called. In integers every number type and device finds the same lattice; near a boundary rounding would otherwise choose.
/// </summary>
/// <remarks>
/// A pixel's features are column and row over the position sigma and, if there are colours, red, green and blue over the colour sigma. They
/// are elevated into the plane of d + 1 coordinates with sum 0, in 2⁻¹⁶ of a unit, where the lattice's vertices have integer coordinates that
/// are alike modulo d + 1. That remainder k and the quotients of all coordinates but the last are packed into a vertex's key.
/// </remarks>
internal sealed class LatticeGeometry
{
    /// <summary>Bits after the point of elevated coordinates.</summary>
    private const int FractionBits = 16;

    /// <summary>Bits of a key that hold the remainder, in its low end.</summary>
    private const int RemainderBits = 3;

    private const int MostColour = 255;

    private LatticeGeometry(int dimensions, int[] steps)
    {
        (Dimensions, Steps) = (dimensions, steps);
        CoordinateBits = (63 - RemainderBits) / dimensions;
        for (var i = 0; i < dimensions; i++)
            Ones += Unit(i);
    }

    /// <summary>Features of a pixel: 2, or 5 with its colours.</summary>
    public int Dimensions { get; }

    /// <summary>Vertices of a simplex.</summary>
    public int Corners => Dimensions + 1;

    /// <summary>What one pixel or one level of colour adds to each feature, scaled for the elevation.</summary>
    public int[] Steps { get; }

    /// <summary>Distance of vertices of one remainder along an axis: d + 1 units.</summary>
    public int Period => Corners << FractionBits;

    /// <summary>Bits of each quotient in a key.</summary>
    public int CoordinateBits { get; }

    /// <summary>A key in which every quotient is 1.</summary>
    public ulong Ones { get; }

    /// <summary>A key in which quotient <paramref name="axis"/> is 1; the last axis is in no key.</summary>
    public ulong Unit(int axis) => axis < Dimensions ? 1UL << (RemainderBits + axis * CoordinateBits) : 0;

    /// <summary>No key: a free place in a hash table.</summary>
    public const ulong NoKey = ulong.MaxValue;

    /// <summary>Entries of a hash table for the vertices of so many simplices, a power of two.</summary>
    public long SlotsFor(long pixels) => (long)BitOperations.RoundUpToPowerOf2((ulong)(pixels * Corners * 4 / 3 + 1));

    /// <summary>The lattice of pictures of one size.</summary>
    /// <param name="picture">Their extents.</param>
    /// <param name="positionSigma">Standard deviation in pixels.</param>
    /// <param name="colourSigma">Standard deviation in levels of 8-bit colours; null: colours do not count.</param>
    /// <exception cref="EngineError">A sigma is too small for the keys to tell all vertices apart.</exception>
    public static LatticeGeometry Of(Shape picture, double positionSigma, double? colourSigma)
    {
        double[] sigmas = [positionSigma, positionSigma, .. colourSigma is { } s ? [s, s, s] : Array.Empty<double>()];
        double[] largest = [picture.W - 1, picture.H - 1, MostColour, MostColour, MostColour];
        var d = sigmas.Length;
        if (sigmas.Any(sigma => !(sigma > 0)))
            throw new EngineError(FormattableString.Invariant($"lattice: a sigma of {sigmas.Min()} is not above 0"));
        // Splatting, blurring and slicing together spread by a standard deviation of (d + 1)·√(2/3) units (Adams et al. 2010, section 3).
        var scaled = sigmas.Select((sigma, i) => (d + 1) * Math.Sqrt(2.0 / 3) / Math.Sqrt((i + 1) * (i + 2)) / sigma).ToArray();
        var reach = 0.0;
        for (var i = 0; i <= d; i++)
        {
            var above = Enumerable.Range(i, d - i).Sum(j => scaled[j] * largest[j]);
            reach = Math.Max(reach, Math.Max(above, i > 0 ? i * scaled[i - 1] * largest[i - 1] : 0));
        }
        var coordinateBits = (63 - RemainderBits) / d;
        // Two periods of margin: one for the simplex's other vertices, one for their neighbours.
        var most = Math.Min((double)int.MaxValue / (1 << FractionBits), (double)(1L << (coordinateBits - 1)) * (d + 1)) - 2 * (d + 1);
        if (!(reach <= most))
        {
            var levels = colourSigma is { } c ? FormattableString.Invariant($" and {c} levels of colour") : "";
            throw new EngineError(string.Create(CultureInfo.InvariantCulture,
                $"lattice: the sigmas {positionSigma} pixels{levels} are too small for pictures of {picture.W}×{picture.H}; "
                + $"make them {reach / most:0.0} times as large"));
        }
        return new(d, [.. scaled.Select(v => (int)Math.Round(v * (1 << FractionBits)))]);
    }

    /// <summary>The simplex that holds a pixel.</summary>
    /// <param name="features">Column, row and colours.</param>
    /// <param name="keys">Receives the vertices' keys, by remainder.</param>
    /// <param name="nearness">Receives the barycentric weights in units of 1/<see cref="Period"/>; their sum is <see cref="Period"/>.</param>
    public void Simplex(ReadOnlySpan<int> features, Span<ulong> keys, Span<int> nearness)
    {
        var d = Dimensions;
        Span<int> quotient = stackalloc int[Corners], left = stackalloc int[Corners], rank = stackalloc int[Corners];
        var (above, sum) = (0, 0);
        for (var i = d; i >= 0; i--)
        {
            var own = i > 0 ? features[i - 1] * Steps[i - 1] : 0;
            (quotient[i], left[i]) = Nearest(above - i * own);
            above += own;
            sum += quotient[i];
            rank[i] = 0;
        }
        for (var i = 0; i < d; i++)
            for (var j = i + 1; j <= d; j++)
                rank[left[i] < left[j] ? i : j]++;
        // The nearest point with all remainders 0 may be off the plane; the coordinates that were rounded most go one period back.
        for (var i = 0; i <= d; i++)
        {
            rank[i] += sum;
            var back = rank[i] > d ? -1 : rank[i] < 0 ? 1 : 0;
            rank[i] += back * Corners;
            quotient[i] += back;
            left[i] -= back * Period;
        }
        Span<int> byRank = stackalloc int[Corners];
        for (var i = 0; i <= d; i++)
            byRank[rank[i]] = left[i];
        for (var k = 0; k <= d; k++)
        {
            nearness[k] = k == 0 ? Period + byRank[d] - byRank[0] : byRank[d - k] - byRank[d - k + 1];
            var key = (ulong)k;
            for (var i = 0; i < d; i++)
                key += Unit(i) * (ulong)((1 << (CoordinateBits - 1)) + quotient[i] - (rank[i] > d - k ? 1 : 0));
            keys[k] = key;
        }
    }

    /// <summary>
    /// The vertex one step along or against an axis: d units on it and one back on each other, or the reverse. Its remainder
    /// is one less, or one more.
    /// </summary>
    public ulong Neighbour(ulong key, int axis, bool along)
    {
        var remainder = (int)(key & ((1 << RemainderBits) - 1));
        return along
            ? remainder > 0 ? key - 1 + Unit(axis) : key + (ulong)Dimensions - Ones + Unit(axis)
            : remainder < Dimensions ? key + 1 - Unit(axis) : key - (ulong)Dimensions + Ones - Unit(axis);
    }

    /// <summary>The nearest multiple of the period, and what is left.</summary>
    private (int Quotient, int Left) Nearest(int coordinate)
    {
        var shifted = coordinate + Period / 2;
        var quotient = shifted / Period - (shifted % Period < 0 ? 1 : 0);
        return (quotient, coordinate - quotient * Period);
    }
}
