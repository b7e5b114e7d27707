using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>What a gradient check found for one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="WorstError">Largest |tape − difference quotient| over the larger of both and the gradient's root mean square.</param>
/// <param name="WorstErrorUsedTwice">The same for f(x) + f(x), where gradients must add up.</param>
/// <param name="Elements">Input elements compared.</param>
internal readonly record struct GradientCheckResult(OpCase Case, double WorstError, double WorstErrorUsedTwice, int Elements);

/// <summary>Compares the tape's gradients with central differences of fourth order in float64.</summary>
internal static class GradientCheck
{
    /// <summary>An operation's gradient passes below this.</summary>
    public const double Tolerance = 1e-6;

    private const double Step = 1e-3;
    private const int MostElements = 150;

    /// <summary>Checks one case on the processor, once as it is and once with the operation used twice.</summary>
    public static GradientCheckResult Run(OpCase @case)
    {
        using var backend = new CpuBackend();
        return Run(@case, backend);
    }

    /// <summary>The same on a backend that is there.</summary>
    public static GradientCheckResult Run(OpCase @case, CpuBackend backend)
    {
        var (once, elements) = Check(@case, backend, twice: false);
        return new(@case, once, Check(@case, backend, twice: true).Worst, elements);
    }

    /// <summary>The output, the gradients of every real input and the state after one run, for random inputs and a random upstream gradient.</summary>
    /// <typeparam name="T">The number type to compute in.</typeparam>
    /// <param name="case">The case.</param>
    /// <param name="compile">A backend's way to compile a tape.</param>
    /// <param name="round">Applied to every real input beforehand, for backends that hold fewer digits; null: nothing.</param>
    public static CaseNumbers Evaluate<T>(OpCase @case, Func<Tape, Program<T>> compile, Func<float, float>? round = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (tape, inputs, output, gradients) = Record(@case, twice: false);
        using var program = compile(tape);
        FillInputs(@case, program, inputs, round);
        program.Run();
        return new(ToDoubles(program.Read(output)), [.. gradients.Select(g => g is null ? null : ToDoubles(program.Read(g)))],
            [.. inputs.Select(v => v.Kind == ValueKind.State ? ToDoubles(program.Read(v)) : null)]);
    }

    private static (double Worst, int Elements) Check(OpCase @case, CpuBackend backend, bool twice)
    {
        var (tape, inputs, output, gradients) = Record(@case, twice);
        using var program = backend.Compile<double>(tape);
        FillInputs(@case, program, inputs);
        program.Run();
        var (worst, elements) = (0.0, 0);
        // The forward pass alone, for the difference quotients.
        var past = tape.Nodes.Single(n => n.Outputs.Contains(output)).Index + 1;
        var analytic = gradients.Select(g => g is null ? null : program.Real(g).ToArray()).ToArray();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (analytic[i] is not { } gradient)
                continue;
            var scale = Math.Sqrt(gradient.Sum(g => g * g) / gradient.Length);
            var random = new Random(i);
            for (var n = 0; n < Math.Min(MostElements, gradient.Length); n++, elements++)
            {
                var at = gradient.Length <= MostElements ? n : random.Next(gradient.Length);
                var numeric = Difference(program, inputs[i], at, output, past);
                worst = Math.Max(worst, Math.Abs(numeric - gradient[at]) / Math.Max(scale, Math.Max(Math.Abs(numeric), Math.Abs(gradient[at]))));
            }
        }
        return (worst, elements);
    }

    private static (Tape Tape, Value[] Inputs, Value Output, Value?[] Gradients) Record(OpCase @case, bool twice)
    {
        var tape = new Tape();
        var inputs = @case.Declare(tape);
        var output = @case.Record(tape, inputs);
        if (twice)
            output = tape.Add(output, @case.Record(tape, inputs));
        tape.Keep(output);
        var gradients = tape.Backward(output, tape.Input("seed", output.Shape, output.Type));
        return (tape, inputs, output, [.. inputs.Select(v => v.Kind == ValueKind.Input && gradients.TryGetValue(v, out var g) ? tape.Keep(g) : null)]);
    }

    private static void FillInputs<T>(OpCase @case, Program<T> program, Value[] inputs, Func<float, float>? round = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var numbers = @case.DrawInput(i);
            if (inputs[i].Type == ElementType.Int32)
                program.Write(inputs[i], Array.ConvertAll(numbers, v => (int)v));
            else if (inputs[i].Type == ElementType.UInt8)
                program.Write(inputs[i], Array.ConvertAll(numbers, v => (byte)v));
            else
                program.Write(inputs[i], Array.ConvertAll(numbers, v => Held(v, inputs[i])));
        }
        var seed = program.Tape["seed"];
        var random = new Random(42);
        program.Write(seed, [.. Enumerable.Range(0, checked((int)seed.Shape.Count)).Select(_ => Held(random.NextDouble() * 2 - 1, seed))]);

        T Held(double number, Value value) => T.CreateChecked(round is not null && value.Type == ElementType.Real ? round((float)number) : number);
    }

    /// <summary>(8(f(+h) − f(−h)) − (f(+2h) − f(−2h)))/12h. Where a ReLU switches within ±2h the step is shortened until none does.</summary>
    private static double Difference(CpuProgram<double> program, Value input, int at, Value output, int past)
    {
        var original = program.Real(input)[at];
        var seed = program.Real(program.Tape["seed"]).ToArray();
        bool[] Zeros() => [.. program.Real(output).ToArray().Select(v => v == 0)];
        double Value(double x)
        {
            program.Real(input)[at] = x;
            program.Run(0, past);
            var y = program.Real(output);
            var sum = 0.0;
            for (var i = 0; i < seed.Length; i++)
                sum += y[i] * seed[i];
            return sum;
        }
        for (var step = Step; ; step /= 10)
        {
            var far = Value(original + 2 * step);
            var zeros = Zeros();
            var farBack = Value(original - 2 * step);
            if (step > 1e-6 && !zeros.AsSpan().SequenceEqual(Zeros()))
                continue;
            var slope = (8 * (Value(original + step) - Value(original - step)) - (far - farBack)) / (12 * step);
            program.Real(input)[at] = original;
            return slope;
        }
    }

    private static double[] ToDoubles<T>(ReadOnlySpan<T> numbers) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var doubles = new double[numbers.Length];
        for (var i = 0; i < doubles.Length; i++)
            doubles[i] = double.CreateChecked(numbers[i]);
        return doubles;
    }
}
