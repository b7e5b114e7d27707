using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translations of what works on each pixel alone.</summary>
internal static class Pointwise
{
    /// <summary>Axis of the channels in NCHW.</summary>
    private const int Channels = 1;

    public static void BatchNorm(GraphBuilder graph, Node node, BatchNorm op)
    {
        if (op.Training)
            throw Translator.Untranslatable(node, " in training");
        string[] inputs = [.. node.Inputs.Take(5).Select(value => graph[value])];
        WithTail(graph, "BatchNormalization", inputs, op.HasResidual ? graph[node.Inputs[5]] : null, op.Relu, graph[node.Outputs[0]],
            Attributes.Float("epsilon", op.Epsilon));
    }

    public static void Relu(GraphBuilder graph, Node node, Relu op) => graph.Add("Relu", [graph[node.Inputs[0]]], [graph[node.Outputs[0]]]);

    public static void Add(GraphBuilder graph, Node node, Add op) =>
        graph.Add("Add", [graph[node.Inputs[0]], graph[node.Inputs[1]]], [graph[node.Outputs[0]]]);

    public static void Concat(GraphBuilder graph, Node node, Concat op) =>
        graph.Add("Concat", [.. node.Inputs.Select(value => graph[value])], [graph[node.Outputs[0]]], Attributes.Int("axis", Channels));

    public static void Softmax(GraphBuilder graph, Node node, Softmax op) =>
        graph.Add("Softmax", [graph[node.Inputs[0]]], [graph[node.Outputs[0]]], Attributes.Int("axis", Channels));

    /// <summary>Adds an operation and what is fused to it on the tape: the addition of a residual, a ReLU. The last makes <paramref name="y"/>.</summary>
    public static void WithTail(GraphBuilder graph, string operation, string[] inputs, string? residual, bool relu, string y,
        params AttributeProto[] attributes)
    {
        var sum = relu ? $"{y}/sum" : y;
        var first = residual is not null ? $"{y}/linear" : sum;
        graph.Add(operation, inputs, [first], attributes);
        if (residual is not null)
            graph.Add("Add", [first, residual], [sum]);
        if (relu)
            graph.Add("Relu", [sum], [y]);
    }
}
