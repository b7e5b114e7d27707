using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Rewriting;

/// <summary>
/// A 1×1 convolution of joined maps is the sum of 1×1 convolutions of the maps, which then need not be joined: W·(a, b) = W₁·a + W₂·b. It pays where there are
/// few outputs, as in the head over the two pyramids at full resolution.
/// </summary>
internal sealed class JoinedParts : ITapeRewrite
{
    /// <inheritdoc/>
    public string Name => "reads the parts of a concat where they are";

    /// <inheritdoc/>
    public IReadOnlyList<Value>? Reads(Node node, TapeRewriter tape) =>
        node.Op is Conv2d { Window: { Taps: 1, PadH: 0, PadW: 0 }, HasResidual: false }
            && tape.OnlyFor(node, node.Inputs[0]) is { Op: Concat } concat && tape.Readers(node.Inputs[1]).Count() == 1
            // Each part but the first reads the sum so far and writes it again, where joining reads and writes every map.
            && node.Outputs[0].Shape.Count * (concat.Inputs.Count - 1) <= node.Inputs[0].Shape.Count
            ? [.. concat.Inputs, .. node.Inputs.Skip(2)] : null;

    /// <inheritdoc/>
    public Value Record(Node node, TapeRewriter tape)
    {
        var (op, weight, parts) = ((Conv2d)node.Op, node.Inputs[1], node.Inputs[0].Producer!.Inputs);
        Value? sum = null;
        var first = 0;
        foreach (var (i, part) in parts.Index())
        {
            var isLast = i == parts.Count - 1;
            sum = tape.Tape.Conv2d(tape.New(part), tape.Piece(weight, PieceKind.Inputs, first, part.Shape.C), op.Window,
                isLast && op.HasBias ? tape.New(node.Inputs[2]) : null, sum, isLast && op.Relu);
            first += part.Shape.C;
        }
        return sum!;
    }
}
