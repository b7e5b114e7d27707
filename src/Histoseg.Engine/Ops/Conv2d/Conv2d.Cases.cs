using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Conv2d"/>.</summary>
internal sealed class Conv2dCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, x, outputs, window) in new (string, Shape, int, ConvWindow)[]
        {
            ("1×1", new(2, 5, 6, 9), 10, ConvWindow.Square(1)),
            ("1×1 of few channels", new(2, 5, 6, 3), 8, ConvWindow.Square(1)),
            ("1×1 on maps smaller than a register tile", new(5, 2, 2, 9), 18, ConvWindow.Square(1)),
            ("1×1 stride 2", new(1, 7, 6, 4), 17, ConvWindow.Square(1, stride: 2)),
            ("3×3 same", new(2, 7, 5, 8), 33, ConvWindow.Square(3, padding: 1)),
            ("3×3 stride 2", new(1, 9, 8, 5), 7, ConvWindow.Square(3, stride: 2, padding: 1)),
            ("3×3 dilation 2", new(1, 8, 9, 3), 6, ConvWindow.Square(3, padding: 2, dilation: 2)),
            ("3×3 dilation 4", new(1, 10, 9, 3), 5, ConvWindow.Square(3, padding: 4, dilation: 4)),
            ("3×3 no padding", new(1, 5, 6, 3), 4, ConvWindow.Square(3)),
            ("7×7 stride 2", new(1, 13, 12, 3), 8, ConvWindow.Square(7, stride: 2, padding: 3)),
            ("1×7", new(1, 6, 9, 20), 12, ConvWindow.Same(1, 7)),
            ("7×1", new(1, 9, 6, 20), 12, ConvWindow.Same(7, 1)),
            ("3×1 on a map narrower than a register tile", new(3, 7, 2, 20), 18, ConvWindow.Same(3, 1)),
            ("15×1 on a small map", new(1, 5, 3, 2), 3, ConvWindow.Same(15, 1)),
            ("5×3 uneven stride", new(1, 9, 8, 3), 4, new ConvWindow(5, 3, 2, 3, 1, 2, 1, 2)),
            ("3×3 depth over one block", new(1, 4, 4, 31), 18, ConvWindow.Square(3, padding: 1)),
        })
        {
            var weight = new Shape(outputs, window.KernelH, window.KernelW, x.C);
            yield return new("conv2d", name, [new(x), new(weight)], (t, v) => t.Conv2d(v[0], v[1], window));
        }
        var (map, kernel, bias) = (new Shape(2, 5, 6, 8), new Shape(11, 3, 3, 8), Shape.Vector(11));
        var same = ConvWindow.Square(3, padding: 1);
        yield return new("conv2d", "bias", [new(map), new(kernel), new(bias, IsWide: true)], (t, v) => t.Conv2d(v[0], v[1], same, v[2]));
        yield return new("conv2d", "bias, residual", [new(map), new(kernel), new(bias, IsWide: true), new(map with { C = 11 })],
            (t, v) => t.Conv2d(v[0], v[1], same, v[2], v[3]));
        yield return new("conv2d", "bias, residual, ReLU", [new(map), new(kernel), new(bias, IsWide: true), new(map with { C = 11 })],
            (t, v) => t.Conv2d(v[0], v[1], same, v[2], v[3], relu: true));
        yield return new("conv2d", "1×1 of few channels, bias, residual, ReLU",
            [new(new(1, 33, 63, 5)), new(new(2, 1, 1, 5)), new(Shape.Vector(2), IsWide: true), new(new(1, 33, 63, 2))],
            (t, v) => t.Conv2d(v[0], v[1], ConvWindow.Square(1), v[2], v[3], relu: true));
        yield return new("conv2d", "residual of its own input", [new(map with { C = 11 }), new(kernel with { C = 11 })],
            (t, v) => t.Conv2d(v[0], v[1], same, residual: v[0]));
    }
}
