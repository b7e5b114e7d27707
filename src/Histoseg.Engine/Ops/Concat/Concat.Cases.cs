using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.Concat"/>.</summary>
internal sealed class ConcatCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        yield return new("concat", "3 + 8 + 1 channels", [new(new(2, 3, 4, 3)), new(new(2, 3, 4, 8)), new(new(2, 3, 4, 1))], (t, v) => t.Concat(v));
        yield return new("concat", "a tensor beside itself", [new(new(1, 2, 3, 5))], (t, v) => t.Concat(v[0], v[0]));
        yield return new("concat", "wide", [new(new(1, 2, 3, 5), IsWide: true), new(new(1, 2, 3, 8), IsWide: true)], (t, v) => t.Concat(v));
    }
}
