using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Graph;
using Histoseg.Export.Translation;
using Histoseg.Segmentation.Models;

namespace Histoseg.Export;

/// <summary>A trained model as an ONNX file holds it: from normalised colours to probabilities.</summary>
internal static class OnnxModel
{
    /// <summary>Name of the graph's input, (N, 3, H, W).</summary>
    public const string Input = "image";

    /// <summary>Name of the graph's output, (N, classes, H, W).</summary>
    public const string Output = "probabilities";

    /// <summary>Version of the file format that goes with the operators used.</summary>
    private const int IrVersion = 8;

    /// <summary>Bytes of the weights a file may hold: Protobuf's 2 GiB less room for the graph.</summary>
    private const long MostWeightBytes = int.MaxValue - (16 << 20);

    /// <summary>Builds the file's content.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its parameters and running statistics.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <param name="patchSize">Side of the patch, a multiple of the network's output stride.</param>
    /// <returns>The content, and whether it takes images of any size.</returns>
    /// <exception cref="EngineError">An operation has no translation, the weights belong to another network or are not finite, or they are too many
    /// for the format.</exception>
    public static (ModelProto Content, bool TakesAnySize) Build(ModelDescription model, ParameterSet<float> weights, string source, int patchSize)
    {
        var network = model.CreateNetwork();
        var stride = network.OutputStride;
        var here = Record(new Shape(1, patchSize, patchSize, 3));
        var bytes = here.Tape.Parameters.Sum(parameter => parameter.Shape.Count) * sizeof(float);
        if (bytes > MostWeightBytes)
            throw new EngineError(FormattableString.Invariant($"the weights take {bytes / (double)(1 << 30):0.0} GiB")
                + ", and an ONNX file holds at most 2 GiB; train a narrower network (network.width)");

        // A graph that comes out the same for another size holds no size.
        var elsewhere = Record(new Shape(2, patchSize + stride, patchSize + 2 * stride, 3));
        var takesAnySize = Translate(here, "height", "width").Graph.Equals(Translate(elsewhere, "height", "width").Graph);
        var builder = takesAnySize ? Translate(here, "height", "width") : Translate(here, patchSize, patchSize);
        builder.AddWeights(here.Prepared(weights, source, folded: model.Quantisation is not null), source);
        var content = new ModelProto
        {
            IrVersion = IrVersion,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Translator.Opset } },
            ProducerName = "Histoseg Engine",
            ProducerVersion = typeof(OnnxModel).Assembly.GetName().Version!.ToString(3),
            DocString =
                $"{model.Network.Name}: segmentation of H&E histopathology into {string.Join(", ", model.ClassNames)}. For research; not a medical device.",
            Graph = builder.Graph,
        };
        foreach (var (key, value) in Metadata.Of(model, patchSize, stride, takesAnySize))
            content.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return (content, takesAnySize);

        PatchSegmenter.Recording Record(Shape images)
        {
            var plain = PatchSegmenter.Record(network, images, model.Normalisation);
            return model.Quantisation is { } quantisation ? plain.Quantised(quantisation) : plain;
        }
    }

    private static GraphBuilder Translate(PatchSegmenter.Recording recording, Extent height, Extent width)
    {
        var builder = new GraphBuilder(recording.Tape);
        // The bytes are the caller's matter: other programs read and normalise pictures in their own ways.
        var normalised = recording.Tape.Nodes.First(node => node.Op is NormalisePixels).Outputs[0];
        builder.AddInput(normalised, Input, Metadata.InputDescription, "batch", 3, height, width);
        builder.AddOutput(recording.Probabilities, Output, Metadata.OutputDescription, "batch", recording.Probabilities.Shape.C, height, width);
        Translator.Translate(recording.Tape, builder);
        return builder;
    }
}
