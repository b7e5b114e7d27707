using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Rewriting;

/// <summary>
/// A convolution of which only strided 1×1 convolutions read does not make the pixels that they skip: conv(stride S) then 1×1(stride s) is
/// conv(stride S·s) then 1×1. In the paper's network that is <c>conv1</c> before <c>down</c>, three quarters of whose pixels nobody reads.
/// </summary>
internal sealed class UnreadPixels : ITapeRewrite
{
    /// <inheritdoc/>
    public string Name => "makes no pixels that a stride skips";

    /// <inheritdoc/>
    public IReadOnlyList<Value>? Reads(Node node, TapeRewriter tape) => Skipped(node, tape) is not null || SkipsBefore(node, tape) ? node.Inputs : null;

    /// <inheritdoc/>
    public Value Record(Node node, TapeRewriter tape)
    {
        var op = (Conv2d)node.Op;
        var window = SkipsBefore(node, tape) ? ConvWindow.Square(1) : op.Window;
        if (Skipped(node, tape) is var (down, across))
            window = window with { StrideH = window.StrideH * down, StrideW = window.StrideW * across };
        return tape.Tape.Record(op with { Window = window }, [.. node.Inputs.Select(tape.New)]).Outputs[0];
    }

    private static bool SkipsBefore(Node node, TapeRewriter tape) =>
        node.Op is Conv2d op && IsStridedPoint(op.Window) && node.Inputs[0].Producer is { } before && Skipped(before, tape) is not null;

    /// <summary>The stride with which all readers of a convolution read; null: some reads every pixel.</summary>
    private static (int Down, int Across)? Skipped(Node node, TapeRewriter tape)
    {
        if (node.Op is not Conv2d { HasResidual: false } || node.Outputs[0].Kept)
            return null;
        var strides = tape.Readers(node.Outputs[0]).Select(reader => reader.Op is Conv2d { Window: var window } && IsStridedPoint(window)
            && reader.Inputs.Count(input => input == node.Outputs[0]) == 1 ? (window.StrideH, window.StrideW) : default).Distinct().ToList();
        return strides is [var stride] && stride != default ? stride : null;
    }

    private static bool IsStridedPoint(ConvWindow window) =>
        window is { KernelH: 1, KernelW: 1, PadH: 0, PadW: 0 } && (window.StrideH > 1 || window.StrideW > 1);
}
