using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="CrossConv2d"/> and <see cref="CrossSumConv2d"/>.</summary>
internal sealed class GicnCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, x, outputs, k) in new (string, Shape, int, int)[]
        {
            ("k 1", new(2, 3, 5, 8), 8, 1),
            ("k 3, odd channels", new(2, 5, 7, 5), 3, 3),
            ("k 7", new(1, 3, 17, 16), 32, 7),
            ("k 3, many tiles of pixels", new(2, 9, 17, 8), 8, 3),
            ("k 3, many source channels", new(1, 2, 5, 264), 8, 3),
            ("k 5, many channels on one pixel", new(1, 1, 1, 136), 72, 5),
            ("k 7, two tiles of rows", new(1, 17, 5, 24), 8, 7),
            ("k 11", new(1, 12, 3, 8), 8, 11),
            ("k 15 on a small map", new(2, 4, 3, 8), 16, 15),
            ("k 15, channels over one tile", new(1, 2, 5, 40), 40, 15),
            ("k 17", new(1, 3, 4, 8), 8, 17),
            ("one pixel, one channel", new(1, 1, 1, 1), 1, 5),
        })
        {
            CaseInput map = new(x), row = new(new(outputs, 1, k, x.C)), column = new(new(outputs, k, 1, x.C)), bias = new(Shape.Vector(outputs), IsWide: true);
            yield return new("cross_conv2d", name, [map, row, bias, column, bias],
                (t, v) =>
                {
                    var (left, right) = t.CrossConv2d(v[0], v[1], v[2], v[3], v[4]);
                    return t.Concat(left, right);
                });
            yield return new("cross_sum_conv2d", name, [map, column, bias, map, row, bias],
                (t, v) => t.CrossSumConv2d(v[0], v[1], v[2], v[3], v[4], v[5]));
        }
    }
}
