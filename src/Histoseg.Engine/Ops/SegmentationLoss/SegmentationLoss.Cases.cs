using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.SegmentationLoss"/>.</summary>
internal sealed class SegmentationLossCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (name, classes, entropy, location, weights) in new (string, int, double, double, double[]?)[]
        {
            ("cross-entropy", 2, 1, 0, null),
            ("cross-entropy, class weights", 4, 1, 0, [0.5, 1, 2, 3]),
            ("location loss", 2, 0, 1, null),
            ("location loss, 4 classes", 4, 0, 1, null),
            ("both", 3, 1, 0.5, [1, 2, 0.5]),
            ("both, 8 classes", 8, 1, 0.5, null),
            ("both, 9 classes", 9, 1, 0.5, [1, 2, 0.5, 1, 1, 3, 1, 1, 1]),
            ("both, 255 classes", 255, 1, 0.5, null),
            ("both, many pixels", 2, 1, 0.5, [1, 3]),
            ("both, 10 classes, many pixels", 10, 1, 0.5, null),
        })
        {
            var logits = name.EndsWith("many pixels", StringComparison.Ordinal) ? new Shape(2, 45, 50, classes) : new Shape(3, 5, 7, classes);
            yield return new("segmentation_loss", name, [new(logits), new(logits with { C = 1 }, Draw.Labels, Limit: classes)],
                (t, v) => t.SegmentationLoss(v[0], v[1], location, classWeights: weights, crossEntropyWeight: entropy).Loss);
        }
        yield return new("segmentation_loss", "wide logits", [new(new(1, 4, 5, 3), IsWide: true), new(new(1, 4, 5, 1), Draw.Labels, Limit: 3)],
            (t, v) => t.SegmentationLoss(v[0], v[1]).Loss);
    }
}
