using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="PermutohedralLattice"/> and <see cref="Ops.LatticeFilter"/>.</summary>
internal sealed class LatticeFilterCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var (n, h, w, channels, sigma) in new[] { (2, 7, 9, 3, 1.5), (1, 5, 13, 2, 4.0), (2, 8, 8, 11, 2.0), (1, 1, 1, 1, 3.0) })
            yield return new("lattice_filter", FormattableString.Invariant($"positions, {n}×{h}×{w}×{channels}, sigma {sigma}"), [new(new(n, h, w, channels))],
                (t, v) => t.LatticeFilter(v[0], t.PermutohedralLattice(v[0].Shape, sigma)));
        foreach (var (n, h, w, channels, position, colour) in new[]
        {
            (2, 7, 9, 3, 4.0, 60.0), (1, 5, 12, 5, 2.0, 200.0), (2, 6, 7, 2, 60.0, 20.0), (1, 30, 41, 2, 5.0, 60.0),
        })
            yield return new("lattice_filter", FormattableString.Invariant($"colours, {n}×{h}×{w}×{channels}, sigmas {position} and {colour}"),
                [new(new(n, h, w, channels)), new(new(n, h, w, 3), Draw.Colours)],
                (t, v) => t.LatticeFilter(v[0], t.PermutohedralLattice(v[1], position, colour)));
        yield return new("lattice_filter", "wide", [new(new(1, 6, 5, 3), IsWide: true), new(new(1, 6, 5, 3), Draw.Colours)],
            (t, v) => t.LatticeFilter(v[0], t.PermutohedralLattice(v[1], 3, 80)));
        yield return new("lattice_filter", "two filters on one lattice", [new(new(2, 5, 4, 2)), new(new(2, 5, 4, 3), Draw.Colours)], TwoOnOne);
    }

    private static Value TwoOnOne(Tape tape, Value[] inputs)
    {
        var lattice = tape.PermutohedralLattice(inputs[1], 3, 80);
        return tape.LatticeFilter(tape.LatticeFilter(inputs[0], lattice), lattice);
    }
}
