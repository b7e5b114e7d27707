using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Reports;

/// <summary>Confidence intervals by drawing samples from what was measured (Efron 1979), the same at every call.</summary>
internal static class Bootstrap
{
    /// <summary>Fewer values say next to nothing of how they are spread.</summary>
    public const int FewestValues = 3;

    /// <summary>Samples drawn.</summary>
    public const int Samples = 10_000;

    /// <summary>Where the draws come from.</summary>
    public const int Seed = 1;

    /// <summary>
    /// The interval of 95 % of the mean: as many values are drawn, each may be drawn again, their mean is taken, and of all such means the lowest and the
    /// highest 2.5 % are cut off.
    /// </summary>
    /// <returns>Null for fewer than three values.</returns>
    public static (double Low, double High)? OfMean(IReadOnlyList<double> values)
    {
        if (values.Count < FewestValues)
            return null;
        var means = new double[Samples];
        for (var sample = 0; sample < Samples; sample++)
        {
            var random = new CounterRandom(Seed, (ulong)sample);
            var sum = 0.0;
            for (var i = 0; i < values.Count; i++)
                sum += values[random.Below(values.Count)];
            means[sample] = sum / values.Count;
        }
        Array.Sort(means);
        const int cut = Samples / 40;
        return (means[cut], means[Samples - 1 - cut]);
    }
}
