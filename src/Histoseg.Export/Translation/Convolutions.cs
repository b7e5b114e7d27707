using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translations of convolutions. Weights are OIHW, those of transposed convolutions IOHW, as in PyTorch.</summary>
internal static class Convolutions
{
    public static void Conv2d(GraphBuilder graph, Node node, Conv2d op) => Add(graph, node, op, op.HasBias, op.HasResidual);

    public static void ConvTranspose2d(GraphBuilder graph, Node node, ConvTranspose2d op) => Add(graph, node, op, op.HasBias, op.HasResidual);

    /// <summary>Adds a convolution and what is fused to it on the tape.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="op">A <see cref="Engine.Ops.Conv2d"/> or <see cref="Engine.Ops.ConvTranspose2d"/>.</param>
    /// <param name="node">The node, of which input 0 is the map read and output 0 the one made.</param>
    /// <param name="inputs">Names of the map, the weight and perhaps the bias.</param>
    /// <param name="residual">Name of what is added, or null.</param>
    /// <param name="y">Name of what is made.</param>
    public static void Add(GraphBuilder graph, Op op, Node node, string[] inputs, string? residual, string y)
    {
        if (op is Conv2d convolution)
        {
            Pointwise.WithTail(graph, "Conv", inputs, residual, convolution.Relu, y, Window(convolution.Window));
            return;
        }
        var transposed = (ConvTranspose2d)op;
        var (w, from, to) = (transposed.Window, node.Inputs[0].Shape, node.Outputs[0].Shape);
        // How many rows and columns more than the smallest map that the window takes back.
        var restH = to.H - ((from.H - 1) * w.StrideH + (w.KernelH - 1) * w.DilationH + 1 - 2 * w.PadH);
        var restW = to.W - ((from.W - 1) * w.StrideW + (w.KernelW - 1) * w.DilationW + 1 - 2 * w.PadW);
        Pointwise.WithTail(graph, "ConvTranspose", inputs, residual, transposed.Relu, y, [.. Window(w), Attributes.Ints("output_padding", restH, restW)]);
    }

    private static void Add(GraphBuilder graph, Node node, Op op, bool hasBias, bool hasResidual) => Add(graph, op, node,
        [.. node.Inputs.Take(hasBias ? 3 : 2).Select(value => graph[value])], hasResidual ? graph[node.Inputs[^1]] : null, graph[node.Outputs[0]]);

    public static void CrossConv2d(GraphBuilder graph, Node node, CrossConv2d op)
    {
        string[] v = [.. node.Inputs.Select(value => graph[value])];
        graph.Add("Conv", [v[0], v[1], v[2]], [graph[node.Outputs[0]]], Window(ConvWindow.Same(1, op.K)));
        graph.Add("Conv", [v[0], v[3], v[4]], [graph[node.Outputs[1]]], Window(ConvWindow.Same(op.K, 1)));
    }

    public static void CrossSumConv2d(GraphBuilder graph, Node node, CrossSumConv2d op)
    {
        string[] v = [.. node.Inputs.Select(value => graph[value])];
        var y = graph[node.Outputs[0]];
        graph.Add("Conv", [v[0], v[1], v[2]], [$"{y}/column"], Window(ConvWindow.Same(op.K, 1)));
        graph.Add("Conv", [v[3], v[4], v[5]], [$"{y}/row"], Window(ConvWindow.Same(1, op.K)));
        graph.Add("Add", [$"{y}/column", $"{y}/row"], [y]);
    }

    private static AttributeProto[] Window(ConvWindow w) =>
    [
        Attributes.Ints("kernel_shape", w.KernelH, w.KernelW),
        Attributes.Ints("strides", w.StrideH, w.StrideW),
        Attributes.Ints("pads", w.PadH, w.PadW, w.PadH, w.PadW),
        Attributes.Ints("dilations", w.DilationH, w.DilationW),
    ];
}
