using System.Reflection;
using Google.Protobuf;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Graph;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Runs;
using Microsoft.ML.OnnxRuntime;
using Xunit.Abstractions;

namespace Histoseg.Export.Tests;

/// <summary>The weights of ImageNet that ship, against the networks they were made from, which ONNX Runtime runs.</summary>
public class PretrainedResNet18Tests(ITestOutputHelper told)
{
    private const int Side = 224, Features = 512, Blocks = 8;

    private static readonly string Package = typeof(PretrainedResNet18Tests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "ResNet18Package").Value!;

    private static readonly ModelProto Preprocessing = Read("ResNetPrepOnnx/ResNetPreprocess.onnx");

    /// <summary>The mean picture, blue, green and red, which the original takes from what it is given.</summary>
    private static readonly float[] MeanPicture = [.. Preprocessing.Graph.Initializer.Single().FloatData];

    /// <summary>From where the mean colour is subtracted, which is ours.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Embeddings_are_the_originals(int seed)
    {
        var picture = Picture(seed);
        var difference = Difference(picture, BlueFirst(picture, (channel, _) => 255 * Normalisation.ImageNet.Mean[2 - channel]));
        told.WriteLine($"{difference:0.0e+0} of the largest feature");
        Assert.InRange(difference, double.Epsilon, 1e-4);
    }

    /// <summary>What a mean per channel leaves out of a mean per pixel.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void The_mean_picture_itself_matters_little(int seed)
    {
        var picture = Picture(seed);
        var difference = Difference(picture, BlueFirst(picture, (channel, pixel) => MeanPicture[channel * Side * Side + pixel]));
        told.WriteLine($"{difference:0.0e+0} of the largest feature");
        Assert.InRange(difference, double.Epsilon, 0.05);
    }

    private static double Difference(byte[] picture, float[] blueFirst)
    {
        var (expected, actual) = (Original(blueFirst), Ours(picture));
        Assert.Equal(Features, actual.Length);
        return expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max();
    }

    /// <summary>Soft stripes and grain: edges, flat parts and all colours. Red, green, blue.</summary>
    private static byte[] Picture(int seed)
    {
        var random = new Random(seed);
        var waves = Enumerable.Range(0, 12).Select(_ => (X: random.NextDouble() - 0.5, Y: random.NextDouble() - 0.5, Phase: 6 * random.NextDouble())).ToArray();
        var picture = new byte[Side * Side * 3];
        for (var i = 0; i < picture.Length; i++)
        {
            var (colour, x, y) = (i % 3, i / 3 % Side, i / 3 / Side);
            var level = waves.Where((_, wave) => wave % 3 == colour).Sum(wave => Math.Sin(wave.X * x + wave.Y * y + wave.Phase));
            picture[i] = (byte)Math.Clamp(140 + 30 * level + 20 * random.NextDouble(), 0, 255);
        }
        return picture;
    }

    private static float[] BlueFirst(byte[] picture, Func<int, int, double> mean)
    {
        var planes = new float[picture.Length];
        for (var channel = 0; channel < 3; channel++)
            for (var pixel = 0; pixel < Side * Side; pixel++)
                planes[channel * Side * Side + pixel] = (float)(picture[3 * pixel + 2 - channel] - mean(channel, pixel));
        return planes;
    }

    /// <summary>The means of the map behind the eighth block: the ninth, which a ResNet-18 has not, is left out.</summary>
    private static float[] Original(float[] blueFirst)
    {
        var model = Read("ResNet18Onnx/ResNet18.onnx");
        var sum = model.Graph.Node.Where(node => node.OpType == "Add").ElementAt(Blocks - 1);
        var map = model.Graph.Node.Single(node => node.OpType == "Relu" && node.Input[0] == sum.Output[0]).Output[0];
        model.Graph.Output.Add(new ValueInfoProto { Name = map, Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float } } });
        using var oneThread = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(model.ToByteArray(), oneThread);
        using var input = OrtValue.CreateTensorValueFromMemory(blueFirst, [1, 3, Side, Side]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [session.InputNames[0]], [input], [map]);
        var values = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return [.. values.Chunk(values.Length / Features).Select(channel => (float)channel.Average(value => (double)value))];
    }

    private static float[] Ours(byte[] picture)
    {
        var tape = new Tape();
        var colours = tape.Input("colours", new Shape(1, Side, Side, 3), ElementType.UInt8);
        var image = tape.NormalisePixels(colours, [.. Normalisation.ImageNet.Mean], [.. Normalisation.ImageNet.Deviation]);
        var stages = ResNetEncoder.ResNet18.Record(new Layers(tape, NetworkMode.Evaluation), image, ResNetEncoder.FullWidth);
        var embedding = tape.Keep(tape.AdaptiveAvgPool2d(stages[^1], 1, 1));
        using var backend = new CpuBackend();
        using var program = backend.Compile<float>(tape);
        Pretrained.Load(new() { Network = new() { Name = "resnet18-unet", Pretrained = NetworkDescription.ImageNet } }, program);
        program.Write(colours, picture);
        program.Run();
        return program.Read(embedding);
    }

    private static ModelProto Read(string file) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Package, "tools", "DnnImageModels", file)));
}
