using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Softmax"/>.</summary>
internal sealed class SoftmaxCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var classes in new[] { 2, 3, 4, 5, 6, 7, 8, 9, 33, 255 })
            yield return new("softmax", $"{classes} classes", [new(new(2, 3, 5, classes))], (t, v) => t.Softmax(v[0]));
        yield return new("softmax", "wide", [new(new(2, 3, 5, 3), IsWide: true)], (t, v) => t.Softmax(v[0]));
        yield return new("softmax", "wide result", [new(new(2, 3, 5, 3))], (t, v) => t.Softmax(v[0], ElementType.Wide));
        yield return new("softmax", "wide result, 12 classes", [new(new(2, 3, 5, 12))], (t, v) => t.Softmax(v[0], ElementType.Wide));
    }
}
