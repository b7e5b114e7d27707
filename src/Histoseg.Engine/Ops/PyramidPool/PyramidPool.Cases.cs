using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="Ops.PyramidPool"/>.</summary>
internal sealed class PyramidPoolCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        // One value to look at: all levels, enlarged to one size and side by side.
        static Value Together(Tape tape, IReadOnlyList<Value> levels) => tape.Concat([.. levels.Select(y => tape.BilinearResize(y, 7, 5))]);

        yield return new("pyramid_pool", "1, 2, 3 and 6 bins of 13×11, overlapping", [new(new(2, 13, 11, 9))],
            (t, v) => Together(t, t.AdaptivePyramidPool(v[0], 1, 2, 3, 6)));
        yield return new("pyramid_pool", "1, 2, 3 and 6 bins of 12×18", [new(new(1, 12, 18, 8))],
            (t, v) => Together(t, t.AdaptivePyramidPool(v[0], 1, 2, 3, 6)));
        yield return new("pyramid_pool", "kernels 7, 3 and 2, a rest left over", [new(new(2, 8, 11, 8))],
            (t, v) => Together(t, t.FixedPyramidPool(v[0], 7, 3, 2)));
        yield return new("pyramid_pool", "more bins than pixels", [new(new(1, 2, 3, 5))], (t, v) => Together(t, t.AdaptivePyramidPool(v[0], 1, 4)));
        yield return new("pyramid_pool", "one level", [new(new(1, 5, 40, 1))], (t, v) => Together(t, t.AdaptivePyramidPool(v[0], 1)));
        yield return new("pyramid_pool", "wide", [new(new(1, 7, 5, 8), IsWide: true)], (t, v) => t.AdaptivePyramidPool(v[0], 3)[0]);
    }
}
