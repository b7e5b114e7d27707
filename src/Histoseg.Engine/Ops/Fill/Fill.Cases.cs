using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Fill"/>.</summary>
/// <remarks>A constant has no gradient; the sum with an input gives the checks something to differentiate.</remarks>
internal sealed class FillCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        var shape = new Shape(2, 3, 5, 7);
        yield return new("fill", "activations", [new(shape)], (t, v) => t.Add(t.Fill(shape, -1.375), v[0]));
        yield return new("fill", "wide", [new(shape, IsWide: true)], (t, v) => t.Add(t.Fill(shape, 0.1, ElementType.Wide), v[0]));
    }
}
