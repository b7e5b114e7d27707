using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.Engine.Checking;

/// <summary>How far a backend's results of one case are from float64.</summary>
/// <param name="Case">The case.</param>
/// <param name="WorstError">Largest |difference| over the larger of the element and its tensor's root mean square; NaN if anything was not a number.</param>
/// <param name="Where">The output, or the gradient or new state of an input, where that was.</param>
/// <param name="Tolerance">What passes.</param>
internal readonly record struct ComparisonResult(OpCase Case, double WorstError, string Where, double Tolerance)
{
    /// <summary>Whether the results agree.</summary>
    public bool Passes => WorstError <= Tolerance;
}

/// <summary>Compares a backend with the CPU in float64, forward and backward, case by case.</summary>
internal static class BackendComparison
{
    /// <summary>
    /// The largest error that is rounding: for float32 what the CPU's float32 is held to; for tf32 and bfloat16 eight units of the last place
    /// (2⁻¹¹ and 2⁻⁹ of the element), since results pass through a handful of roundings from input to gradient.
    /// </summary>
    public static double ToleranceOf(Precision precision) => precision switch
    {
        Precision.Fp32 => 2e-5,
        Precision.Tf32 => 8.0 / 2048,
        _ => 8.0 / 512,
    };

    /// <summary>Runs one case on both.</summary>
    /// <param name="case">The case.</param>
    /// <param name="backend">The backend compared.</param>
    /// <param name="reference">The CPU.</param>
    /// <param name="compile">How the backend's program is made; by default <paramref name="backend"/> compiles it.</param>
    public static ComparisonResult Run(OpCase @case, Backend backend, ProcessorBackend reference, Func<Tape, Program<float>>? compile = null)
    {
        // Both start from the numbers the backend's inputs can hold; only what is computed from them may differ.
        Func<float, float> held = backend.Precision == Precision.Bf16 ? BFloat16Numbers.Round : static v => v;
        var expected = GradientCheck.Evaluate<double>(@case, reference.Compile<double>, held);
        var actual = GradientCheck.Evaluate(@case, compile ?? backend.Compile, held);
        var (worst, where) = (0.0, "nowhere");
        // What a program of the caller's leaves as state depends on how often it runs.
        foreach (var ((name, numbers), (_, found)) in expected.Named(state: compile is null).Zip(actual.Named(state: compile is null)))
            if (Error(numbers, found) is var error && !double.IsNaN(worst) && !(error <= worst))
                (worst, where) = (error, name);
        return new(@case, worst, where, ToleranceOf(backend.Precision));
    }

    /// <summary>Largest |difference| over the larger of the element and the root mean square; NaN if anything is not a number.</summary>
    public static double Error(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        var squares = 0.0;
        foreach (var v in expected)
            squares += v * v;
        var scale = Math.Max(Math.Sqrt(squares / expected.Length), 1e-30);
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(actual[i] - expected[i]) / Math.Max(scale, Math.Abs(expected[i])));
        return worst;
    }
}
