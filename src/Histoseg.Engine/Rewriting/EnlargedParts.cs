using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Rewriting;

/// <summary>
/// A transposed convolution of a map joined with small maps enlarged to its size multiplies the small maps before they are enlarged. Both are linear:
/// convᵀ(x, resize(p); w) = convᵀ(x; w₁) + taps(resize(p·w₂)). In the pyramid pooling of the paper four maps of 1, 4, 9 and 36 pixels make half of the
/// channels of its largest convolution.
/// </summary>
internal sealed class EnlargedParts : ITapeRewrite
{
    /// <summary>Pixels of the enlarged map per pixel of the small one from which it pays: interpolating costs a few operations per output and tap.</summary>
    private const int LeastFactor = 3;

    /// <inheritdoc/>
    public string Name => "multiplies before it enlarges";

    /// <inheritdoc/>
    public IReadOnlyList<Value>? Reads(Node node, TapeRewriter tape) =>
        node.Op is ConvTranspose2d { HasResidual: false } && tape.OnlyFor(node, node.Inputs[0]) is { Op: Concat } concat
            && tape.Readers(node.Inputs[1]).Count() == 1
            && concat.Inputs.Where(part => !IsEnlarged(concat, part, tape)).ToList() is [var large] && concat.Inputs.Count > 1
            ? [large, .. Enlarged(concat, tape).Select(part => part.Producer!.Inputs[0]), .. node.Inputs.Skip(2)] : null;

    /// <inheritdoc/>
    public Value Record(Node node, TapeRewriter tape)
    {
        var (op, weight, concat) = ((ConvTranspose2d)node.Op, node.Inputs[1], node.Inputs[0].Producer!);
        var map = (node.Inputs[0].Shape.H, node.Inputs[0].Shape.W);
        Value? sum = null, large = null, largeWeight = null;
        var first = 0;
        foreach (var part in concat.Inputs)
        {
            var channels = part.Shape.C;
            if (IsEnlarged(concat, part, tape))
            {
                var taps = tape.Tape.Conv2d(tape.New(part.Producer!.Inputs[0]), tape.Piece(weight, PieceKind.TransposedTaps, first, channels),
                    ConvWindow.Square(1));
                sum = tape.Tape.ResizedTaps(taps, op.Window, map, (op.Height, op.Width), sum);
            }
            else
                (large, largeWeight) = (tape.New(part), tape.Piece(weight, PieceKind.TransposedInputs, first, channels));
            first += channels;
        }
        return tape.Tape.ConvTranspose2d(large!, largeWeight!, op.Window, op.Height, op.Width, op.HasBias ? tape.New(node.Inputs[2]) : null, op.Relu, sum);
    }

    private static IEnumerable<Value> Enlarged(Node concat, TapeRewriter tape) => concat.Inputs.Where(part => IsEnlarged(concat, part, tape));

    private static bool IsEnlarged(Node concat, Value part, TapeRewriter tape) => tape.OnlyFor(concat, part) is { Op: BilinearResize } resize
        && concat.Inputs.Count(input => input == part) == 1 && part.Shape.Pixels >= LeastFactor * resize.Inputs[0].Shape.Pixels;
}
