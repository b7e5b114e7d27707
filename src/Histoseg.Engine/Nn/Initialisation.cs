using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Nn;

/// <summary>First values of parameters.</summary>
public static class Initialisation
{
    /// <summary>
    /// Kaiming normal with fan-out for weights of convolutions (He et al. 2015; PyTorch <c>kaiming_normal_</c>, mode fan_out, relu), γ = 1 and
    /// running variance = 1 for batch norms, 0 for all else.
    /// </summary>
    /// <param name="program">The program whose parameters and state to fill.</param>
    /// <param name="seed">The same seed gives the same numbers, whatever else the tape holds.</param>
    public static void KaimingNormal(Program<float> program, int seed)
    {
        foreach (var value in program.Tape.Values.Where(v => v.Kind is ValueKind.Parameter or ValueKind.State))
        {
            var numbers = new float[checked((int)value.Shape.Count)];
            if (value.Rank == 4 && value.Kind == ValueKind.Parameter)
                FillNormal(numbers, Math.Sqrt(2.0 / ((double)value.Shape.N * value.Shape.H * value.Shape.W)), seed, value.Name);
            else
                numbers.AsSpan().Fill(value.Name.EndsWith(".running_var", StringComparison.Ordinal)
                    || value.Rank == 1 && value.Kind == ValueKind.Parameter && value.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
            program.Write(value, numbers);
        }
    }

    private static void FillNormal(Span<float> numbers, double deviation, int seed, string name)
    {
        // Each tensor has a generator of its own, so that adding a layer does not change the others.
        var random = new Random(name.Aggregate(seed, (hash, c) => unchecked(hash * 31 + c)));
        foreach (ref var number in numbers)
            number = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
