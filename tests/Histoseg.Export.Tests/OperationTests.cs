using Google.Protobuf;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Graph;
using Histoseg.Export.Translation;
using Microsoft.ML.OnnxRuntime;

namespace Histoseg.Export.Tests;

/// <summary>The translation of each operation, case by case of the engine's own lists, against our CPU backend in float64.</summary>
public class OperationTests
{
    /// <summary>What the engine's lists lack: pooling and unpooling as ONNX can tell it.</summary>
    private static readonly OpCase[] Unpooling =
    [
        .. new[] { 2, 3 }.Select(kernel => new OpCase("max_unpool2d", $"{kernel}×{kernel} and back", [new(new(3, 6, 12, 5), Draw.Distinct)], (t, v) =>
        {
            var (maxima, places) = t.MaxPool2d(v[0], kernel, kernel);
            return t.MaxUnpool2d(t.Relu(maxima), places, 6, 12);
        })),
    ];

    public static TheoryData<string> Translatable => [.. AllCases.Where(HasTranslation).Select(@case => $"{@case}")];

    public static TheoryData<string> Others => [.. AllCases.Where(@case => !HasTranslation(@case)).Select(@case => $"{@case}")];

    // Convolutions of bytes have their weights as constants in a file: whole models are exported in QuantisedExportTests.
    private static IEnumerable<OpCase> AllCases =>
        OpCases.All.Where(@case => !@case.Operation.StartsWith("quantised", StringComparison.Ordinal)).Concat(Unpooling);

    [Theory, MemberData(nameof(Translatable))]
    public void ONNX_Runtime_computes_the_same(string name)
    {
        var @case = AllCases.Single(@case => $"{@case}" == name);
        using var backend = new CpuBackend(1);
        var expected = GradientCheck.Evaluate(@case, backend.Compile<double>).Output;
        var actual = Run(@case);
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First, -2e-6 * largest, 2e-6 * largest));
    }

    [Theory, MemberData(nameof(Others))]
    public void What_has_no_translation_is_named(string name)
    {
        var @case = AllCases.Single(@case => $"{@case}" == name);
        var error = Assert.Throws<EngineError>(() => Run(@case));
        Assert.Matches("^the operation '[a-z0-9_]+' of the layer 'somewhere' has no translation to ONNX.*; only this engine can run the model$", error.Message);
    }

    private static bool HasTranslation(OpCase @case) => @case.Operation switch
    {
        "add" or "relu" or "concat" or "softmax" or "bilinear_resize" or "avg_pool2d" or "adaptive_avg_pool2d" or "pyramid_pool" => true,
        "conv2d" or "conv_transpose2d" or "cross_conv2d" or "cross_sum_conv2d" => true,
        // A bias, looked at for its gradient.
        "channel_sum" => true,
        "batch_norm" => @case.Name.Contains("evaluation"),
        "max_unpool2d" => Unpooling.Contains(@case),
        // Its output is unpooled.
        "max_pool2d" => !@case.Name.Contains("back"),
        _ => false,
    };

    /// <summary>The case as an ONNX graph of its own, run by ONNX Runtime; its output with the channels last.</summary>
    private static float[] Run(OpCase @case)
    {
        var tape = new Tape();
        var values = @case.Declare(tape);
        Value output;
        using (tape.Scope("somewhere"))
            output = @case.Record(tape, values);
        var graph = new GraphBuilder(tape);
        for (var i = 0; i < values.Length; i++)
            graph.AddInput(values[i], values[i].Name, "", Extents(@case.Inputs[i]).Select(extent => (Extent)extent));
        graph.AddOutput(output, "y", "", Torch(output.Shape).Select(extent => (Extent)extent));
        Translator.Translate(tape, graph);
        var model = new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Translator.Opset } }, Graph = graph.Graph };

        using var oneThread = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(model.ToByteArray(), oneThread);
        var names = values.Select(value => value.Name).ToArray();
        var inputs = values.Select((value, i) => OrtValue.CreateTensorValueFromMemory(
            TorchLayout.ToTorch<float>([.. @case.DrawInput(i).Select(number => (float)number)], value.Shape), Extents(@case.Inputs[i]))).ToArray();
        try
        {
            using var options = new RunOptions();
            using var outputs = session.Run(options, names, inputs, ["y"]);
            Assert.Equal(Torch(output.Shape), outputs[0].GetTensorTypeAndShape().Shape);
            var result = new float[output.Shape.Count];
            TorchLayout.ToEngine(outputs[0].GetTensorDataAsSpan<float>(), output.Shape, result);
            return result;
        }
        finally
        {
            Array.ForEach(inputs, input => input.Dispose());
        }
    }

    private static long[] Torch(Shape shape) => [shape.N, shape.C, shape.H, shape.W];

    // A bias or statistics are a vector.
    private static long[] Extents(CaseInput input) =>
        (input.IsWide || input.IsState) && input.Shape == Shape.Vector(input.Shape.C) ? [input.Shape.C] : Torch(input.Shape);
}
