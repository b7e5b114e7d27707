using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>A problem's inputs, what they give in float64, and how far from that an implementation may be.</summary>
internal sealed class ConvolutionNumbers
{
    /// <summary>Half the distance between neighbouring bfloat16, and float32, numbers from 1.</summary>
    private const double RoundingBf16 = 1.0 / 256, RoundingFloat32 = 1.0 / (1 << 24);

    private readonly ConvolutionProblem _problem;
    private readonly double[] _magnitude;

    public ConvolutionNumbers(ConvolutionProblem problem, CpuBackend reference)
    {
        _problem = problem;
        var random = new Random(problem.ToString().Length);
        First = Draw(problem.Source);
        Second = Draw(problem.Kind == ConvolutionKind.WeightGradient ? problem.Target : problem.Weight);
        Bias = problem.HasBias ? [.. Enumerable.Range(0, problem.Target.C).Select(_ => (float)(random.NextDouble() * 2 - 1))] : null;
        Residual = problem.HasResidual ? Draw(problem.Target, isOperand: false) : null;
        Expected = Compute(reference, problem, [First, Second, Bias, Residual]);
        // Σ |a|·|b|: what the rounding of the sum's terms and partial sums is a share of.
        _magnitude = Compute(reference, problem with { Relu = false }, [.. new[] { First, Second, Bias, Residual }.Select(a => a?.Select(Math.Abs).ToArray())]);

        float[] Draw(Shape shape, bool isOperand = true) =>
            [.. Enumerable.Range(0, checked((int)shape.Count)).Select(_ => Round((float)(random.NextDouble() * 2 - 1), isOperand))];
    }

    /// <summary>The map read.</summary>
    public float[] First { get; }

    /// <summary>The weight; for a weight gradient dy.</summary>
    public float[] Second { get; }

    public float[]? Bias { get; }

    public float[]? Residual { get; }

    public double[] Expected { get; }

    /// <summary>The largest error as a share of what is allowed; infinite if something is not finite.</summary>
    public double Worst(float[] result, bool isLibrary)
    {
        // Terms: the products, bias and residual; each costs one rounding of its product and one of its addition at most.
        var terms = 3 + (_problem.Kind == ConvolutionKind.WeightGradient ? _problem.Target.Pixels : (long)_problem.Window.Taps * _problem.Source.C);
        var worst = 0.0;
        for (var i = 0; i < result.Length; i++)
        {
            var sum = 2 * terms * RoundingFloat32 * _magnitude[i];
            var allowed = sum + Output(isLibrary) * (Math.Abs(Expected[i]) + sum);
            // cuDNN and cuBLASLt want the bias in bfloat16 where the map is.
            if (isLibrary && _problem.Precision == Precision.Bf16 && Bias is not null)
                allowed += 2 * RoundingBf16 * Math.Abs(Bias[i % Bias.Length]);
            // Behind a transposed convolution of a library bias and residual are added to what was rounded before, which is at most so much larger; so is
            // the residual of one without bias.
            if (isLibrary && _problem.Precision == Precision.Bf16 && (Bias ?? Residual) is not null
                && (_problem.Kind == ConvolutionKind.Transposed || Bias is null))
                allowed += RoundingBf16 * (Math.Abs(Expected[i]) + Math.Abs(Residual?[i] ?? 0));
            var error = Math.Abs(result[i] - Expected[i]);
            worst = Math.Max(worst, error == 0 ? 0 : double.IsFinite(error) ? error / allowed : double.PositiveInfinity);
        }
        return worst;
    }

    /// <summary>Rounding of the result: to bfloat16 if that is what is written; cuDNN's weight gradient passes through it.</summary>
    private double Output(bool isLibrary) =>
        _problem.Precision == Precision.Bf16 && (isLibrary || _problem.Kind != ConvolutionKind.WeightGradient)
        ? RoundingBf16 : RoundingFloat32;

    /// <summary>Operands that the precision multiplies exactly, so that only sums and results are rounded.</summary>
    private float Round(float value, bool isOperand)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return _problem.Precision switch
        {
            Precision.Bf16 => BitConverter.UInt32BitsToSingle((bits + 0x8000) & 0xFFFF_0000),
            Precision.Tf32 when isOperand => BitConverter.UInt32BitsToSingle((bits + 0x1000) & 0xFFFF_E000),
            _ => value,
        };
    }

    private static double[] Compute(CpuBackend reference, ConvolutionProblem problem, float[]?[] numbers)
    {
        var tape = new Tape();
        Value?[] inputs =
        [
            tape.Input("first", problem.Source),
            tape.Input("second", problem.Kind == ConvolutionKind.WeightGradient ? problem.Target : problem.Weight),
            problem.HasBias ? tape.Input("bias", Shape.Vector(problem.Target.C), ElementType.Wide) : null,
            problem.HasResidual ? tape.Input("residual", problem.Target) : null,
        ];
        var result = problem.Kind switch
        {
            ConvolutionKind.Forward => tape.Conv2d(inputs[0]!, inputs[1]!, problem.Window, inputs[2], inputs[3], problem.Relu),
            ConvolutionKind.Transposed =>
                tape.ConvTranspose2d(inputs[0]!, inputs[1]!, problem.Window, problem.Target.H, problem.Target.W, inputs[2], problem.Relu, inputs[3]),
            _ => tape.Conv2dWeightGradient(inputs[0]!, inputs[1]!, problem.Window),
        };
        tape.Keep(result);
        using var program = reference.Compile<double>(tape);
        for (var i = 0; i < inputs.Length; i++)
            if (inputs[i] is { } input)
                program.Write(input, Array.ConvertAll(numbers[i]!, v => (double)v));
        program.Run();
        return program.Read(result).ToArray();
    }
}
