using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.ConvTranspose2d"/>.</summary>
internal sealed class ConvTranspose2dCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, x, outputs, window, height, width) in new (string, Shape, int, ConvWindow, int, int)[]
        {
            ("3×3/2 output padding 1", new(2, 5, 6, 12), 9, ConvWindow.Square(3, 2, 1), 10, 12),
            ("3×3/2 odd output", new(1, 5, 6, 7), 18, ConvWindow.Square(3, 2, 1), 9, 11),
            ("3×3/2 of maps smaller than a register tile", new(3, 2, 2, 12), 18, ConvWindow.Square(3, 2, 1), 4, 4),
            ("2×2/2", new(1, 4, 3, 8), 34, ConvWindow.Square(2, 2), 8, 6),
            ("4×4/2", new(1, 4, 5, 3), 5, ConvWindow.Square(4, 2, 1), 8, 10),
            ("16×16/8", new(1, 3, 2, 2), 2, ConvWindow.Square(16, 8, 4), 24, 16),
            ("3×3/1 dilation 2", new(1, 5, 6, 3), 4, ConvWindow.Square(3, 1, 2, 2), 5, 6),
            ("2×2/3, some outputs unread", new(1, 3, 3, 2), 3, ConvWindow.Square(2, 3), 9, 8),
        })
        {
            var weight = new Shape(x.C, window.KernelH, window.KernelW, outputs);
            yield return new("conv_transpose2d", name, [new(x), new(weight)], (t, v) => t.ConvTranspose2d(v[0], v[1], window, height, width));
        }
        yield return new("conv_transpose2d", "bias, ReLU", [new(new(1, 4, 5, 8)), new(new(8, 3, 3, 6)), new(Shape.Vector(6), IsWide: true)],
            (t, v) => t.ConvTranspose2d(v[0], v[1], ConvWindow.Square(3, 2, 1), 8, 10, v[2], relu: true));
        yield return new("conv_transpose2d", "bias, residual, ReLU",
            [new(new(2, 4, 5, 8)), new(new(8, 3, 3, 12)), new(Shape.Vector(12), IsWide: true), new(new(2, 8, 10, 12))],
            (t, v) => t.ConvTranspose2d(v[0], v[1], ConvWindow.Square(3, 2, 1), 8, 10, v[2], relu: true, residual: v[3]));
        yield return new("conv_transpose2d", "residual", [new(new(1, 3, 4, 5)), new(new(5, 2, 2, 7)), new(new(1, 6, 8, 7))],
            (t, v) => t.ConvTranspose2d(v[0], v[1], ConvWindow.Square(2, 2), 6, 8, residual: v[2]));
    }
}
