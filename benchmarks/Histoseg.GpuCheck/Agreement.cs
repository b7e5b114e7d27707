using System.Globalization;
using System.Numerics;

namespace Histoseg.GpuCheck;

/// <summary>One comparison of numbers.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Error">How far it is off; NaN never passes.</param>
/// <param name="Tolerance">The most that passes.</param>
internal readonly record struct Agreement(string What, double Error, double Tolerance)
{
    /// <summary>Whether it agrees.</summary>
    public bool Passes => Error <= Tolerance;

    /// <summary>‖actual − expected‖ / ‖expected‖.</summary>
    public static double RelativeNorm<T>(ReadOnlySpan<double> expected, ReadOnlySpan<T> actual) where T : unmanaged, INumber<T>
    {
        var (difference, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
            (difference, norm) = (difference + Math.Pow(double.CreateChecked(actual[i]) - expected[i], 2), norm + expected[i] * expected[i]);
        return Math.Sqrt(difference / norm);
    }

    /// <summary>Prints a list and keeps it in the results.</summary>
    /// <returns>How many do not agree.</returns>
    public static int Report(string kind, string precision, IEnumerable<Agreement> list, TextWriter output, ResultFile results)
    {
        var failed = 0;
        foreach (var one in list)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{precision,-5} {one.What,-44} {one.Error:0.0e+00}  (at most {one.Tolerance:0.0e+00}){(one.Passes ? "" : "  WRONG")}"));
            results.Add(("kind", kind), ("what", one.What), ("precision", precision), ("error", one.Error), ("tolerance", one.Tolerance),
                ("passed", one.Passes));
            failed += one.Passes ? 0 : 1;
        }
        return failed;
    }
}
