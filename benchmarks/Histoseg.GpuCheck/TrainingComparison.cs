using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Nn;

namespace Histoseg.GpuCheck;

/// <summary>Trains a slim network on two devices from the same weights on the same patches and compares the curves of their losses.</summary>
internal static class TrainingComparison
{
    private const int Batch = 4, Side = 96, Seed = 1, First = 5, Last = 50;
    private const float Rate = 0.01f;

    /// <summary>The loss of every step.</summary>
    public static double[] Losses(Backend backend, int steps)
    {
        var recorded = StepTape.Record(SlimCheck.Slim, Batch, Side);
        using var program = backend.Compile(recorded.Tape);
        Initialisation.KaimingNormal(program, Seed);
        program.Write(recorded.Rate, [Rate]);
        using var readback = program.CreateReadback([recorded.Loss], Math.Max(1, steps));
        var (image, target) = (new float[recorded.Image.Shape.Count], new int[recorded.Target.Shape.Count]);
        for (var step = 0; step < steps; step++)
        {
            SyntheticPatches.Fill(step, Side, image, target);
            program.Write(recorded.Image, image);
            program.Write(recorded.Target, target);
            program.Run();
            readback.Post();
        }
        return [.. readback.Drain().Select(loss => (double)loss[0])];
    }

    /// <summary>
    /// Compares two curves. Rounding differences grow from step to step in any training, so single losses are compared at the start only; at the
    /// end the means of many, and both must have learned.
    /// </summary>
    public static List<Agreement> Compare(double[] expected, double[] actual, Precision precision)
    {
        var (start, end) = precision switch { Precision.Fp32 => (1e-3, 0.1), Precision.Tf32 => (1e-2, 0.1), _ => (3e-2, 0.1) };
        var initial = expected[..First].Average();
        return
        [
            new($"losses 1 to {First}, largest difference", Enumerable.Range(0, First).Max(i => Distance(expected[i], actual[i])) / initial, start),
            new($"mean of the last {Last}, difference", Distance(expected[^Last..].Average(), actual[^Last..].Average()) / initial, end),
            new("mean of the last against the first, CPU", expected[^Last..].Average() / initial, 0.5),
            new("mean of the last against the first, GPU", actual[^Last..].Average() / initial, 0.5),
        ];
    }

    // Math.Abs alone would do, but Max over NaN must stay NaN.
    private static double Distance(double a, double b) => Math.Abs(a - b) is var d && double.IsNaN(d) ? double.PositiveInfinity : d;
}
