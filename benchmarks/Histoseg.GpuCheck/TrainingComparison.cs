using Histoseg.Engine.Backends;
using Histoseg.Engine.Nn;

namespace Histoseg.GpuCheck;

/// <summary>Trains a slim network on two devices from the same weights on the same patches and compares the curves of their losses.</summary>
internal static class TrainingComparison
{
    private const int Batch = 4, Side = 96, Seed = 1, First = 20, Last = 50;
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
    /// Compares two curves. Batch norms over the four pixels that the coarsest pooling leaves make the first steps sensitive: weights changed by a
    /// millionth change the third loss by a per cent. So only the very first loss is held to rounding; then means of many are compared. On the CPU,
    /// weights changed by as much as bfloat16 rounds them left the mean of the last losses within 0.6 % of the initial one.
    /// </summary>
    public static List<Agreement> Compare(double[] expected, double[] actual, Precision precision)
    {
        const double early = 0.05, late = 0.03, learned = 0.25;
        var first = precision switch { Precision.Fp32 => 1e-4, Precision.Tf32 => 5e-3, _ => 2e-2 };
        return
        [
            new("first loss, difference", Distance(expected[0], actual[0]) / expected[0], first),
            new($"losses 1 to {First}, mean difference", Enumerable.Range(0, First).Average(i => Distance(expected[i], actual[i])) / expected[0], early),
            new($"mean of the last {Last} losses, difference", Distance(expected[^Last..].Average(), actual[^Last..].Average()) / expected[0], late),
            new("mean of the last against the first, CPU", expected[^Last..].Average() / expected[0], learned),
            new("mean of the last against the first, GPU", actual[^Last..].Average() / expected[0], learned),
        ];
    }

    private static double Distance(double a, double b) => Math.Abs(a - b);
}
