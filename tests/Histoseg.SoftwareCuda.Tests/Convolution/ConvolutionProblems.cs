using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>The problems that every implementation is tested with.</summary>
internal static class ConvolutionProblems
{
    private const long MostProducts = 4_000_000;

    /// <summary>Every convolution of the case lists and of its gradients.</summary>
    public static IEnumerable<ConvolutionProblem> OfCases(Precision precision) => Of(OpCases.All, precision);

    /// <summary>The same of those whose channels fill tiles.</summary>
    public static IEnumerable<ConvolutionProblem> OfAlignedCases(Precision precision) => Of(AlignedCases.All, precision).Distinct();

    private static IEnumerable<ConvolutionProblem> Of(IEnumerable<OpCase> cases, Precision precision)
    {
        foreach (var @case in cases.Where(c => c.Operation is "conv2d" or "conv_transpose2d"))
        {
            var tape = new Tape();
            var output = @case.Record(tape, @case.Declare(tape));
            tape.Backward(output, tape.Input("seed", output.Shape));
            foreach (var problem in tape.Nodes.Select(node => Of(node, precision)).OfType<ConvolutionProblem>())
                yield return problem;
        }
    }

    /// <summary>Several blocks in each direction with every block shape, many steps of k, many phases, and bits of blocks left over.</summary>
    public static IEnumerable<ConvolutionProblem> Large(Precision precision)
    {
        var same = ConvWindow.Square(3, padding: 1);
        yield return new(ConvolutionKind.Forward, same, new(1, 18, 17, 24), new(1, 18, 17, 136), precision, HasBias: true, HasResidual: true, Relu: true);
        yield return new(ConvolutionKind.Forward, ConvWindow.Square(1), new(2, 13, 12, 264), new(2, 13, 12, 40), precision, HasBias: true, Relu: true);
        yield return new(ConvolutionKind.Forward, ConvWindow.Square(1), new(1, 16, 9, 72), new(1, 16, 9, 64), precision, HasResidual: true);
        yield return new(ConvolutionKind.Forward, ConvWindow.Square(7, 2, 3), new(1, 23, 21, 3), new(1, 12, 11, 64), precision);
        yield return new(ConvolutionKind.Transposed, same, new(1, 18, 17, 40), new(1, 18, 17, 136), precision);
        yield return new(ConvolutionKind.Transposed, ConvWindow.Square(1), new(2, 13, 12, 136), new(2, 13, 12, 40), precision, HasBias: true, Relu: true);
        yield return new(ConvolutionKind.Transposed, ConvWindow.Square(3, 2, 1), new(1, 13, 18, 24), new(1, 26, 36, 32), precision);
        // Few pixels and a long k.
        yield return new(ConvolutionKind.Forward, same, new(1, 7, 5, 136), new(1, 7, 5, 44), precision, HasBias: true, HasResidual: true, Relu: true);
        yield return new(ConvolutionKind.Forward, same, new(1, 3, 3, 200), new(1, 3, 3, 72), precision);
        yield return new(ConvolutionKind.Transposed, ConvWindow.Square(5, 2, 2), new(1, 2, 2, 320), new(1, 3, 3, 24), precision, HasBias: true);
        // What adds to a gradient that is there: several blocks, targets that no tap reaches, few pixels, and the same for the other direction.
        yield return new(ConvolutionKind.Transposed, same, new(1, 18, 17, 40), new(1, 18, 17, 136), precision, HasResidual: true);
        yield return new(ConvolutionKind.Transposed, ConvWindow.Square(1, 2), new(1, 9, 7, 24), new(1, 18, 13, 40), precision, HasResidual: true);
        yield return new(ConvolutionKind.Transposed, same, new(1, 3, 3, 200), new(1, 3, 3, 72), precision, HasResidual: true);
        yield return new(ConvolutionKind.Forward, ConvWindow.Square(3, 2, 1), new(1, 18, 13, 24), new(1, 9, 7, 40), precision, HasResidual: true);
        yield return new(ConvolutionKind.WeightGradient, same, new(2, 19, 17, 24), new(2, 19, 17, 136), precision);
        yield return new(ConvolutionKind.WeightGradient, ConvWindow.Square(1), new(3, 41, 37, 24), new(3, 41, 37, 40), precision);
        yield return new(ConvolutionKind.WeightGradient, ConvWindow.Square(3, 2, 1), new(1, 33, 31, 72), new(1, 17, 16, 8), precision);
    }

    /// <summary>Odd sizes, strides, dilations and channels, half of them channels that 16-byte accesses can take.</summary>
    public static IEnumerable<ConvolutionProblem> Random(Precision precision, int count)
    {
        var random = new Random(precision.GetHashCode() + 1);
        while (count > 0)
        {
            int Channels() => random.Next(2) == 0 ? 8 * random.Next(1, 17) : random.Next(1, 131);
            var (kernelH, kernelW) = (random.Next(1, 6), random.Next(1, 6));
            var window = new ConvWindow(kernelH, kernelW, random.Next(1, 4), random.Next(1, 4),
                random.Next(0, kernelH + 1), random.Next(0, kernelW + 1), random.Next(1, 4), random.Next(1, 4));
            var source = new Shape(random.Next(1, 4), random.Next(1, 22), random.Next(1, 22), Channels());
            var target = source with { H = window.OutputH(source.H), W = window.OutputW(source.W), C = Channels() };
            if (Math.Min(target.H, target.W) < 1)
                continue;
            var kind = (ConvolutionKind)random.Next(3);
            var bias = kind != ConvolutionKind.WeightGradient && random.Next(2) == 0;
            var residual = kind != ConvolutionKind.WeightGradient && random.Next(2) == 0;
            var relu = kind != ConvolutionKind.WeightGradient && random.Next(2) == 0;
            var (from, to) = kind == ConvolutionKind.Transposed ? (target, source) : (source, target);
            var problem = new ConvolutionProblem(kind, window, from, to, precision, bias, residual, relu);
            if (problem.Products > MostProducts)
                continue;
            count--;
            yield return problem;
        }
    }

    private static ConvolutionProblem? Of(Node node, Precision precision) => node.Op switch
    {
        Conv2d op => new(ConvolutionKind.Forward, op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape, precision, op.HasBias, op.HasResidual, op.Relu),
        ConvTranspose2d op =>
            new(ConvolutionKind.Transposed, op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape, precision, op.HasBias, op.HasResidual, op.Relu),
        Conv2dWeightGradient op => new(ConvolutionKind.WeightGradient, op.Window, node.Inputs[0].Shape, node.Inputs[1].Shape, precision),
        _ => null,
    };
}
