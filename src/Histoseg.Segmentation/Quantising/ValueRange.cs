using Histoseg.Engine.Tensors;

namespace Histoseg.Segmentation.Quantising;

/// <summary>How the numbers of a map are spread, and the bytes that lose least of them.</summary>
/// <remarks>
/// A few numbers far out would make the steps of all others coarse. So the ends are drawn in as far as the squared error, of rounding within and of
/// clipping beyond, becomes the least (Migacz 2017 asks the same of a divergence).
/// </remarks>
internal sealed class ValueRange
{
    private const int Bins = 4096;

    /// <summary>Ends that are tried, as shares of the widest.</summary>
    private const int Shares = 40;

    /// <summary>The least share.</summary>
    private const double LeastShare = 0.2;

    private readonly long[] _counts = new long[Bins];
    private double _limit;

    /// <summary>Adds numbers. Zeros do not count: they are exact whatever the bytes are worth.</summary>
    /// <param name="numbers">The numbers, of which every <paramref name="step"/>th is looked at.</param>
    /// <param name="step">At least 1.</param>
    public void Add(ReadOnlySpan<float> numbers, int step = 1)
    {
        var largest = 0f;
        for (var i = 0; i < numbers.Length; i += step)
            largest = Math.Max(largest, Math.Abs(numbers[i]));
        if (_limit == 0)
            _limit = largest;
        while (largest > _limit)
            Widen();
        if (_limit == 0)
            return;
        var perNumber = Bins / 2 / _limit;
        for (var i = 0; i < numbers.Length; i += step)
            if (numbers[i] != 0)
                _counts[Math.Clamp((int)((numbers[i] + _limit) * perNumber), 0, Bins - 1)]++;
    }

    /// <summary>The bytes.</summary>
    public Quantisation Best()
    {
        var (first, last) = (Array.FindIndex(_counts, count => count > 0), Array.FindLastIndex(_counts, count => count > 0));
        if (first < 0)
            return Quantisation.Of(0, 0);
        var (low, high) = (Math.Min(0, Edge(first)), Math.Max(0, Edge(last + 1)));
        return Enumerable.Range(0, Shares + 1).Select(i => 1 - (1 - LeastShare) * i / Shares)
            .Select(share => (Low: low * share, High: high * share)).MinBy(ends => Error(ends.Low, ends.High)) is var best
            ? Quantisation.Of(best.Low, best.High) : default;
    }

    private double Edge(int bin) => (bin - Bins / 2) * (_limit / (Bins / 2));

    private double Error(double low, double high)
    {
        var step = (high - low) / byte.MaxValue;
        var sum = 0.0;
        for (var i = 0; i < Bins; i++)
        {
            if (_counts[i] == 0)
                continue;
            var x = (Edge(i) + Edge(i + 1)) / 2;
            var beyond = Math.Max(x - high, low - x);
            sum += _counts[i] * (beyond > 0 ? beyond * beyond : step * step / 12);
        }
        return sum;
    }

    /// <summary>Doubles the range: pairs of bins become one, around the middle.</summary>
    private void Widen()
    {
        var wide = new long[Bins];
        for (var i = 0; i < Bins; i++)
            wide[Bins / 4 + i / 2] += _counts[i];
        wide.CopyTo(_counts, 0);
        _limit *= 2;
    }
}
