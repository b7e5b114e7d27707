using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.ProjectedConvTranspose2d"/>.</summary>
internal sealed class ProjectedConvTranspose2dCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, x, channels, window, output, projected) in new (string, Shape, int, ConvWindow, (int H, int W), int)[]
        {
            ("3×3/2", new(2, 5, 26, 12), 16, ConvWindow.Square(3, 2, 1), (10, 52), 2),
            ("2×2/2, 9 channels", new(1, 6, 35, 8), 9, ConvWindow.Square(2, 2), (12, 70), 3),
            ("3×3/2, odd output, many pixels", new(1, 3, 80, 5), 8, ConvWindow.Square(3, 2, 1), (5, 159), 1),
            ("small map", new(2, 3, 4, 7), 5, ConvWindow.Square(4, 2, 1), (6, 8), 2),
        })
            foreach (var (bias, sum) in new[] { (true, true), (false, false) })
            {
                CaseInput[] inputs =
                [
                    new(x), new(new(x.C, window.KernelH, window.KernelW, channels)), .. bias ? [new(Shape.Vector(channels), IsWide: true)] : (CaseInput[])[],
                    new(new(projected, 1, 1, channels)), .. bias ? [new(Shape.Vector(projected), IsWide: true)] : (CaseInput[])[],
                    .. sum ? [new(new Shape(x.N, output.H, output.W, projected))] : (CaseInput[])[],
                ];
                yield return new("projected_conv_transpose2d", $"{name}{(bias ? ", biases and sum" : "")}",
                    [.. inputs.Select(input => input with { IsConstant = true })],
                    (t, v) => t.Record(new ProjectedConvTranspose2d(window, output.H, output.W, bias, Relu: bias, bias, sum), v).Outputs[0]);
            }
    }
}
