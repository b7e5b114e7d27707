using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Quantise"/> and <see cref="Ops.QuantisedConvolution"/>.</summary>
internal sealed class QuantisedCases : IOpCases
{
    private static readonly Quantisation _signed = new(0.02f, 117), _positive = new(0.04f, 0), _made = new(0.7f, 131);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, x, outputs, window) in new (string, Shape, int, ConvWindow)[]
        {
            ("1×1", new(2, 5, 6, 12), 10, ConvWindow.Square(1)),
            ("1×1 stride 2 of 17", new(1, 7, 6, 4), 17, ConvWindow.Square(1, stride: 2)),
            ("3×3 same", new(2, 7, 5, 8), 33, ConvWindow.Square(3, padding: 1)),
            ("3×3 of a wide map", new(1, 3, 40, 4), 16, ConvWindow.Square(3, padding: 1)),
            ("3×3 stride 2", new(1, 9, 18, 20), 7, ConvWindow.Square(3, stride: 2, padding: 1)),
            ("3×3 dilation 4", new(1, 10, 21, 4), 5, ConvWindow.Square(3, padding: 4, dilation: 4)),
            ("7×1", new(1, 9, 16, 20), 12, ConvWindow.Same(7, 1)),
            ("1×15 on a small map", new(1, 5, 3, 4), 3, ConvWindow.Same(1, 15)),
            ("5×5 dilation 2", new(1, 12, 11, 8), 9, ConvWindow.Square(5, padding: 4, dilation: 2)),
        })
        {
            var weight = new Shape(outputs, window.KernelH, window.KernelW, x.C);
            yield return Case(name, x, weight, outputs, new Conv2d(window, HasBias: true, HasResidual: false, Relu: false), _signed);
        }
        foreach (var (name, window, scale) in new[]
        {
            ("4×4, twice", ConvWindow.Square(4, stride: 2, padding: 1), 2),
            ("3×3 transposed", ConvWindow.Same(3, 3), 1),
        })
        {
            var op = new ConvTranspose2d(window, 5 * scale, 6 * scale, HasBias: false, HasResidual: false, Relu: true);
            yield return Case(name, new(2, 5, 6, 8), new(8, window.KernelH, window.KernelW, 18), 18, op, _positive);
        }
        var (map, kernel) = (new Shape(2, 5, 7, 8), new Shape(19, 3, 3, 8));
        var tail = new Conv2d(ConvWindow.Square(3, padding: 1), HasBias: true, HasResidual: true, Relu: true);
        yield return Case("real residual, ReLU", map, kernel, 19, tail, _positive, residual: new CaseInput(map with { C = 19 }, IsConstant: true));
        yield return Case("residual of bytes, ReLU", map, kernel, 19, tail, _positive, _made,
            new CaseInput(map with { C = 19 }, Draw.Colours, IsConstant: true));
        yield return new("quantised_conv2d", "to bytes",
            [new(map with { C = 16 }, IsConstant: true), Constant(new(24, 3, 3, 16)), Scale(24), Constant(new(5, 1, 1, 24)), Scale(5)],
            (tape, v) =>
            {
                // What the first makes as bytes, the second reads.
                var bytes = tape.Record(new Quantise(_signed), v[0]).Outputs[0];
                var first = new QuantisedConvolution(tail with { HasBias = false, HasResidual = false }, _signed, Output: _made);
                var second = new QuantisedConvolution(new Conv2d(ConvWindow.Square(1), false, false, false), _made);
                return tape.Record(second, tape.Record(first, bytes, v[1], v[2]).Outputs[0], v[3], v[4]).Outputs[0];
            }, OnGpus: false);
    }

    private static OpCase Case(string name, Shape x, Shape weight, int outputs, Op op, Quantisation input, Quantisation? bytes = null,
        CaseInput? residual = null)
    {
        var bias = op is Conv2d { HasBias: true };
        return new($"quantised_{op.Name}", name,
            [new(x, Draw.Colours, IsConstant: true), Constant(weight), Scale(outputs), .. bias ? [Constant(Shape.Vector(outputs))] : Array.Empty<CaseInput>(),
                .. residual is null ? Array.Empty<CaseInput>() : [residual]],
            (tape, v) => tape.Record(new QuantisedConvolution(op, input, bytes), v).Outputs[0], OnGpus: false);
    }

    private static CaseInput Constant(Shape shape) => new(shape, IsWide: true, IsConstant: true);

    private static CaseInput Scale(int channels) => new(Shape.Vector(channels), Draw.Positive, IsWide: true, IsConstant: true);
}
