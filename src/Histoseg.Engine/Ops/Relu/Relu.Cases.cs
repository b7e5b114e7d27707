using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Relu"/>.</summary>
internal sealed class ReluCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        yield return new("relu", "away from 0", [new(new(2, 3, 5, 7), Draw.AwayFromZero)], (t, v) => t.Relu(v[0]));
    }
}
