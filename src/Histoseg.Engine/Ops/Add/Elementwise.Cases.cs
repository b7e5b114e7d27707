using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

public static partial class OpCases
{
    private static IEnumerable<OpCase> Elementwise()
    {
        var shape = new Shape(2, 3, 5, 7);
        yield return new("add", "two tensors", [new(shape), new(shape)], (t, v) => t.Add(v[0], v[1]));
        yield return new("add", "a tensor to itself", [new(shape)], (t, v) => t.Add(v[0], v[0]));
        yield return new("relu", "away from 0", [new(shape, Draw.AwayFromZero)], (t, v) => t.Relu(v[0]));
        yield return new("concat", "3 + 8 + 1 channels", [new(new(2, 3, 4, 3)), new(new(2, 3, 4, 8)), new(new(2, 3, 4, 1))], (t, v) => t.Concat(v));
        yield return new("concat", "a tensor beside itself", [new(new(1, 2, 3, 5))], (t, v) => t.Concat(v[0], v[0]));
    }
}
