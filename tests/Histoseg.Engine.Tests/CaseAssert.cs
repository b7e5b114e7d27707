namespace Histoseg.Engine.Tests;

/// <summary>How close float32 has to come to float64.</summary>
internal static class CaseAssert
{
    /// <summary>Every number is within 2·10⁻⁵ of what is expected, relative to it or to the root mean square of all, whichever is larger.</summary>
    public static void Close(double[] expected, double[] actual, string what)
    {
        var scale = Math.Sqrt(expected.Sum(v => v * v) / expected.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= 2e-5 * Math.Max(scale, Math.Abs(expected[i])),
                $"{what}[{i}]: {actual[i]} instead of {expected[i]}");
    }
}
