using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translates the nodes of an inference tape into ONNX, one by one.</summary>
internal static class Translator
{
    /// <summary>The version of ONNX's operators the translations are written for.</summary>
    public const int Opset = 18;

    private static readonly Dictionary<Type, Action<GraphBuilder, Node>> Translations = new[]
    {
        For<Conv2d>(Convolutions.Conv2d),
        For<ConvTranspose2d>(Convolutions.ConvTranspose2d),
        For<CrossConv2d>(Convolutions.CrossConv2d),
        For<CrossSumConv2d>(Convolutions.CrossSumConv2d),
        For<BatchNorm>(Pointwise.BatchNorm),
        For<Relu>(Pointwise.Relu),
        For<Add>(Pointwise.Add),
        For<Concat>(Pointwise.Concat),
        For<Softmax>(Pointwise.Softmax),
        For<BilinearResize>(Resampling.BilinearResize),
        For<MaxPool2d>(Pooling.MaxPool2d),
        For<MaxUnpool2d>(Pooling.MaxUnpool2d),
        For<AveragePool>(Pooling.AveragePool),
        For<PyramidPool>(Pooling.PyramidPool),
        For<Quantise>(Quantised.Quantise),
        For<QuantisedConvolution>(Quantised.Convolution),
    }.ToDictionary();

    /// <summary>Translates every node of a tape but those whose outputs are the graph's inputs.</summary>
    /// <exception cref="EngineError">An operation has no translation.</exception>
    public static void Translate(Tape tape, GraphBuilder graph)
    {
        foreach (var node in tape.Nodes)
        {
            // An update has no outputs, and there is no leaving it out.
            if (node.Outputs.Count > 0 && node.Outputs.All(graph.IsInput))
                continue;
            if (!Translations.TryGetValue(node.Op.GetType(), out var translate))
                throw Untranslatable(node, "");
            translate(graph, node);
        }
    }

    /// <summary>The error of a node that ONNX has no words for.</summary>
    /// <param name="node">The node.</param>
    /// <param name="detail">What about it, beginning with a space, or nothing.</param>
    public static EngineError Untranslatable(Node node, string detail) => new(
        $"the operation '{node.Op.Name}'{(node.Scope.Length == 0 ? "" : $" of the layer '{node.Scope}'")} has no translation to ONNX{detail}; "
            + "only this engine can run the model");

    private static KeyValuePair<Type, Action<GraphBuilder, Node>> For<TOp>(Action<GraphBuilder, Node, TOp> translate) where TOp : Op =>
        new(typeof(TOp), (graph, node) => translate(graph, node, (TOp)node.Op));
}
