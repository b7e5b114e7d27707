using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Rewriting;

/// <summary>
/// A map that a transposed convolution makes for a 1×1 convolution to few channels alone goes through it piece by piece and is never written: in the paper's
/// network the last map of either pyramid, at full resolution, on the way to the head.
/// </summary>
internal sealed class ProjectedMaps : ITapeRewrite
{
    /// <summary>Outputs up to which it pays: each costs a product per channel, pixel by pixel.</summary>
    private const int MostOutputs = 8;

    /// <inheritdoc/>
    public string Name => "makes a map on the way to its 1×1 convolution";

    /// <inheritdoc/>
    public IReadOnlyList<Value>? Reads(Node node, TapeRewriter tape) =>
        node.Op is Conv2d { Window: { Taps: 1, StrideH: 1, StrideW: 1, PadH: 0, PadW: 0 }, Relu: false } && node.Outputs[0].Shape.C <= MostOutputs
            && tape.OnlyFor(node, node.Inputs[0]) is { Op: ConvTranspose2d { HasResidual: false } } map
            ? [.. map.Inputs, .. node.Inputs.Skip(1)] : null;

    /// <inheritdoc/>
    public Value Record(Node node, TapeRewriter tape)
    {
        var map = node.Inputs[0].Producer!;
        var (made, projection) = ((ConvTranspose2d)map.Op, (Conv2d)node.Op);
        var op = new ProjectedConvTranspose2d(made.Window, made.Height, made.Width, made.HasBias, made.Relu, projection.HasBias, projection.HasResidual);
        return tape.Tape.Record(op, [.. map.Inputs.Select(tape.New), .. node.Inputs.Skip(1).Select(tape.New)]).Outputs[0];
    }
}
