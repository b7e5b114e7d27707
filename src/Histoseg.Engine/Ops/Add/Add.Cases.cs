using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Add"/>.</summary>
internal sealed class AddCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        var shape = new Shape(2, 3, 5, 7);
        yield return new("add", "two tensors", [new(shape), new(shape)], (t, v) => t.Add(v[0], v[1]));
        yield return new("add", "a tensor to itself", [new(shape)], (t, v) => t.Add(v[0], v[0]));
    }
}
