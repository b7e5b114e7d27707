using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.GpuCheck;

/// <summary>Measures the first half of a GICN, a 1×k and a k×1 convolution of one map: as one operation, and as two convolutions.</summary>
/// <param name="seconds">About how long each timing goes on.</param>
internal sealed class GicnBench(double seconds)
{
    private const int K = 7, Outputs = 32, Seed = 1;
    private const double Tolerance = 8.0 / 512;

    /// <summary>The maps of the paper's network: side and channels of Res-2 to Res-5 for patches of 512×512.</summary>
    public static IReadOnlyList<(int Side, int Channels)> Maps { get; } = [(128, 256), (64, 512), (64, 1024), (64, 2048)];

    /// <summary>
    /// Milliseconds of the forward pass, and what it wrote; with <paramref name="backward"/>, of forward pass, the sum of
    /// both outputs, and all gradients.
    /// </summary>
    /// <param name="backend">The GPU.</param>
    /// <param name="map">The map.</param>
    /// <param name="fused">Whether the two convolutions are one operation.</param>
    /// <param name="backward">Whether gradients follow.</param>
    public (Timing Timing, float[] Output) Measure(CudaBackend backend, Shape map, bool fused, bool backward)
    {
        var tape = new Tape();
        var x = tape.Input("x", map, requiresGradient: true);
        var (row, column) = (tape.Parameter("row.weight", new Shape(Outputs, 1, K, map.C)), tape.Parameter("column.weight", new Shape(Outputs, K, 1, map.C)));
        var (rowBias, columnBias) = (tape.VectorParameter("row.bias", Outputs), tape.VectorParameter("column.bias", Outputs));
        var (left, right) = fused ? tape.CrossConv2d(x, row, rowBias, column, columnBias)
            : (tape.Conv2d(x, row, ConvWindow.Same(1, K), rowBias), tape.Conv2d(x, column, ConvWindow.Same(K, 1), columnBias));
        tape.Keep(left);
        tape.Keep(right);
        if (backward)
            foreach (var (value, gradient) in tape.Backward(tape.Add(left, right), tape.Input("seed", left.Shape)))
                if (value.Kind != ValueKind.Intermediate)
                    tape.Keep(gradient);
        using var program = backend.Compile(tape);
        Initialisation.KaimingNormal(program, Seed);
        foreach (var input in tape.Values.Where(v => v.Kind == ValueKind.Input))
            program.Write(input, Random(input));
        program.Run();
        float[] written = [.. program.Read(left), .. program.Read(right)];
        return (GpuClock.Measure(backend.Device.Driver, program.Run, seconds), written);
    }

    /// <summary>What is wrong with one result beside the other, or null.</summary>
    public static string? Compare(float[] fused, float[] separate) =>
        Agreement.RelativeNorm(Array.ConvertAll(separate, v => (double)v), fused) is var error && error <= Tolerance
            ? null : $"the two differ by {error:0.0e0}";

    private static float[] Random(Value value)
    {
        var random = new Random(value.Id);
        var numbers = new float[value.Shape.Count];
        foreach (ref var number in numbers.AsSpan())
            number = (float)(2 * random.NextDouble() - 1);
        return numbers;
    }
}
