using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>Numbers for tests: the same for a seed on every run.</summary>
internal static class Numbers
{
    /// <summary>Uniform in −1 … 1.</summary>
    public static double[] Draw(int seed, long count)
    {
        var random = new Random(seed);
        var numbers = new double[count];
        foreach (ref var number in numbers.AsSpan())
            number = random.NextDouble() * 2 - 1;
        return numbers;
    }

    /// <summary>a·x + b·y.</summary>
    public static double[] Combine(double a, double[] x, double b, double[] y) => [.. x.Zip(y, (p, q) => a * p + b * q)];

    public static double Dot(double[] x, double[] y) => x.Zip(y, (p, q) => p * q).Sum();

    public static double Norm(double[] x) => Math.Sqrt(Dot(x, x));

    public static void Set<T>(this CpuProgram<T> program, Value value, double[] numbers) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Array.ConvertAll(numbers, T.CreateChecked).CopyTo(program.Real(value));

    public static double[] Get<T>(this CpuProgram<T> program, Value value) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Array.ConvertAll(program.Real(value).ToArray(), double.CreateChecked);

    /// <summary>Fills every input, parameter and state with numbers of its own; variances become positive, integers 0 or 1.</summary>
    public static void FillAll<T>(this CpuProgram<T> program, int seed) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var value in program.Tape.Values.Where(v => v.Kind != ValueKind.Intermediate))
        {
            var numbers = Draw(seed + value.Id, value.Shape.Count);
            if (value.Type == ElementType.Int32)
                Array.ConvertAll(numbers, v => v > 0 ? 1 : 0).CopyTo(program.Integers(value));
            else if (value.Type == ElementType.UInt8)
                program.Write(value, Array.ConvertAll(numbers, v => (byte)(128 + 100 * v)));
            else
                program.Set(value, value.Name.EndsWith("running_var", StringComparison.Ordinal) ? [.. numbers.Select(v => v + 1.5)] : numbers);
        }
    }
}
