using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.ResizedTaps"/>.</summary>
internal sealed class ResizedTapsCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, x, window, map, output, hasSum) in new (string, Shape, ConvWindow, (int, int), (int, int), bool)[]
        {
            ("3×3/2, 1 bin", new(2, 1, 1, 9 * 5), ConvWindow.Square(3, 2, 1), (6, 7), (12, 14), false),
            ("3×3/2, 6×6 bins, added", new(1, 6, 6, 9 * 8), ConvWindow.Square(3, 2, 1), (9, 8), (18, 16), true),
            ("3×3/2, odd output", new(2, 2, 3, 9 * 7), ConvWindow.Square(3, 2, 1), (5, 6), (9, 11), true),
            ("2×2/2", new(1, 3, 2, 4 * 16), ConvWindow.Square(2, 2), (8, 9), (16, 18), false),
            ("3×3/1, dilation 2", new(1, 2, 2, 9 * 3), ConvWindow.Square(3, 1, 2, 2), (7, 6), (7, 6), true),
            ("2×2/3, some outputs untouched", new(1, 2, 2, 4 * 2), ConvWindow.Square(2, 3), (3, 3), (9, 8), false),
        })
        {
            CaseInput[] inputs = hasSum ? [new(x), new(new Shape(x.N, output.Item1, output.Item2, x.C / window.Taps))] : [new(x)];
            yield return new("resized_taps", name, [.. inputs.Select(input => input with { IsConstant = true })],
                (t, v) => t.ResizedTaps(v[0], window, map, output, hasSum ? v[1] : null));
        }
    }
}
