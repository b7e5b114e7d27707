using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>
/// Translations of what is done in bytes, in the form that runtimes look for: <c>QuantizeLinear</c> and <c>DequantizeLinear</c> around plain operations
/// ("QDQ").
/// </summary>
internal static class Quantised
{
    public static void Quantise(GraphBuilder graph, Node node, Quantise op) => ToBytes(graph, graph[node.Inputs[0]], graph[node.Outputs[0]], op.To);

    public static void Convolution(GraphBuilder graph, Node node, QuantisedConvolution op)
    {
        var (y, weight) = (graph[node.Outputs[0]], node.Inputs[1]);
        var layer = new QuantisedLayer(op.Input, op.Convolution is ConvTranspose2d ? 1 : 0);
        graph.Add("DequantizeLinear", [graph.Steps(weight, layer), graph[node.Inputs[2]]], [$"{y}/weight"], Attributes.Int("axis", layer.OutputAxis));
        var real = op.Output is null ? y : $"{y}/real";
        string[] bias = [.. node.Inputs.Skip(3).Take(op.HasBias ? 1 : 0).Select(value => graph[value])];
        var residual = !op.HasResidual ? null : op.Residual is { } bytes ? ToReal(graph, node.Inputs[^1], $"{y}/residual", bytes) : graph[node.Inputs[^1]];
        Convolutions.Add(graph, op.Convolution, node, [ToReal(graph, node.Inputs[0], $"{y}/input", op.Input), $"{y}/weight", .. bias], residual, real);
        if (op.Output is { } to)
            ToBytes(graph, real, y, to);
    }

    private static void ToBytes(GraphBuilder graph, string real, string bytes, Quantisation to) =>
        graph.Add("QuantizeLinear", [real, .. Worth(graph, bytes, to)], [bytes]);

    // Each reader has nodes of its own, as runtimes that fuse them want it.
    private static string ToReal(GraphBuilder graph, Value bytes, string real, Quantisation of)
    {
        graph.Add("DequantizeLinear", [graph[bytes], .. Worth(graph, real, of)], [real]);
        return real;
    }

    private static string[] Worth(GraphBuilder graph, string name, Quantisation of) =>
        [graph.Constant($"{name}/scale", [of.Scale]), graph.Constant($"{name}/zero", (byte)of.ZeroPoint)];
}
