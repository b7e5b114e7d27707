using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translations of convolutions. Weights are OIHW, those of transposed convolutions IOHW, as in PyTorch.</summary>
internal static class Convolutions
{
    public static void Conv2d(GraphBuilder graph, Node node, Conv2d op)
    {
        string[] inputs = [.. node.Inputs.Take(op.HasBias ? 3 : 2).Select(value => graph[value])];
        Pointwise.WithTail(graph, node, "Conv", inputs, op.HasResidual ? node.Inputs[^1] : null, op.Relu, Window(op.Window));
    }

    public static void ConvTranspose2d(GraphBuilder graph, Node node, ConvTranspose2d op)
    {
        var (w, x, y) = (op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape);
        // How many rows and columns more than the smallest map that the window takes to x.
        var restH = y.H - ((x.H - 1) * w.StrideH + (w.KernelH - 1) * w.DilationH + 1 - 2 * w.PadH);
        var restW = y.W - ((x.W - 1) * w.StrideW + (w.KernelW - 1) * w.DilationW + 1 - 2 * w.PadW);
        string[] inputs = [.. node.Inputs.Take(op.HasBias ? 3 : 2).Select(value => graph[value])];
        Pointwise.WithTail(graph, node, "ConvTranspose", inputs, op.HasResidual ? node.Inputs[^1] : null, op.Relu,
            [.. Window(w), Attributes.Ints("output_padding", restH, restW)]);
    }

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
