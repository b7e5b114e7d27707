using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.BatchNorm"/>.</summary>
internal sealed class BatchNormCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var training in new[] { true, false })
            foreach (var (residual, relu) in new[] { (false, false), (false, true), (true, false), (true, true) })
                yield return BatchNorm("", new(3, 5, 7, training ? 19 : 6), training, residual, relu);
        // Runs of 8 channels, in one tile of them, several, and one that is not full.
        foreach (var (residual, relu) in new[] { (false, true), (true, true) })
        {
            yield return BatchNorm("8 channels, ", new(2, 20, 19, 8), training: true, residual, relu);
            yield return BatchNorm("264 channels, ", new(2, 1, 3, 264), training: true, residual, relu);
        }
        yield return BatchNorm("24 channels, ", new(1, 9, 5, 24), training: false, residual: true, relu: true);
        foreach (var (shape, residual, relu) in
            new[] { (new Shape(2, 5, 7, 19), false, true), (new(1, 9, 5, 264), false, false), (new(1, 5, 3, 24), true, true) })
        {
            var vector = new CaseInput(Shape.Vector(shape.C), IsWide: true, IsConstant: true);
            var map = new CaseInput(shape, IsConstant: true);
            yield return new("batch_norm_again", $"{shape.C} channels{(residual ? ", residual" : "")}{(relu ? ", ReLU" : "")}",
                [map, vector, vector, vector, vector with { Draw = Draw.Positive }, .. residual ? [map] : Array.Empty<CaseInput>()],
                (t, v) => t.Record(new BatchNormAgain(residual, relu), v).Outputs[0]);
        }
        yield return BatchNorm("1 channel, ", new(1, 3, 2, 1), training: true, residual: false, relu: false);
    }

    private static OpCase BatchNorm(string size, Shape shape, bool training, bool residual, bool relu)
    {
        var vector = Shape.Vector(shape.C);
        CaseInput[] inputs =
        [
            new(shape), new(vector, IsWide: true), new(vector, IsWide: true), new(vector, IsState: true), new(vector, Draw.Positive, IsState: true),
            .. residual ? [new CaseInput(shape)] : Array.Empty<CaseInput>(),
        ];
        return new("batch_norm", size + (training ? "training" : "evaluation") + (residual ? ", residual" : "") + (relu ? ", ReLU" : ""), inputs,
            (t, v) => t.BatchNorm(v[0], v[1], v[2], v[3], v[4], training, relu, residual ? v[5] : null));
    }
}
