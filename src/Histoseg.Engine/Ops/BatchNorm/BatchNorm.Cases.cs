using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

public static partial class OpCases
{
    private static IEnumerable<OpCase> BatchNorm()
    {
        foreach (var training in new[] { true, false })
        {
            foreach (var (residual, relu) in new[] { (false, false), (false, true), (true, false), (true, true) })
            {
                var shape = new Shape(3, 5, 7, training ? 19 : 6);
                var vector = Shape.Vector(shape.C);
                CaseInput[] inputs =
                [
                    new(shape), new(vector, IsWide: true), new(vector, IsWide: true), new(vector, IsState: true), new(vector, Draw.Positive, IsState: true),
                    .. residual ? [new CaseInput(shape)] : Array.Empty<CaseInput>(),
                ];
                yield return new("batch_norm", (training ? "training" : "evaluation") + (residual ? ", residual" : "") + (relu ? ", ReLU" : ""), inputs,
                    (t, v) => t.BatchNorm(v[0], v[1], v[2], v[3], v[4], training, relu, residual ? v[5] : null));
            }
        }
    }
}
