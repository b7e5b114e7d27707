using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>
/// Files as torchvision writes them of vgg16 and vgg16_bn, at a tiny width, against the same layers recorded one by one with torchvision's biases.
/// </summary>
public sealed class PretrainedVgg16Tests : IDisposable
{
    private const int Width = 2, Side = 64;
    private static readonly int[] Plain = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];
    private static readonly int[] Normed = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];
    private static readonly int[] Outputs = [2, 2, 4, 4, 8, 8, 8, 16, 16, 16, 16, 16, 16];
    private static readonly int[] LastOfStage = [1, 3, 6, 9, 12];

    private readonly string _folder = Directory.CreateTempSubdirectory("vgg").FullName;
    private readonly CpuBackend _backend = new();
    private readonly Random _random = new(11);

    [Theory, InlineData(false), InlineData(true)]
    public void The_network_evaluates_as_torchvisions(bool normed)
    {
        var file = Write(normed, classifier: true);
        using var given = SafeTensors.Open(file);
        var weights = ParameterSet<float>.Load(given);
        var image = Enumerable.Range(0, Side * Side * 3).Select(_ => (float)_random.NextDouble() - 0.5f).ToArray();

        // FCN-32s with a score that passes the first channels of conv7 on.
        var tape = new Tape();
        var input = tape.Input("image", new Shape(1, Side, Side, 3));
        var logits = tape.Keep(Network.Create(new() { Name = "fcn-vgg16", Width = Width }, classes: 2).Record(new Layers(tape, NetworkMode.Evaluation), input));
        using var program = _backend.Compile<float>(tape);
        Initialisation.KaimingNormal(program, 1);
        Assert.Equal(13 * 5 + 2 * 5, Load("fcn-vgg16", file, program));
        program.Real(tape["score.weight"]).Clear();
        for (var c = 0; c < 2; c++)
            program.Real(tape["score.weight"])[c * 64 * Width + c] = 1;
        image.CopyTo(program.Real(input));
        program.Run();

        var expected = Torchvision(weights, normed, image);
        Assert.Contains(expected, v => v > 0.01f);
        var actual = program.Real(logits).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) < 1e-4f * Math.Max(1, Math.Abs(expected[i])), $"logit {i}: {actual[i]} and should be {expected[i]}");
    }

    [Fact]
    public void Files_without_the_classifier_serve_SegNet()
    {
        using var program = Program("segnet", Width);
        Assert.Equal(13 * 5, Load("segnet", Write(normed: true, classifier: false), program));
    }

    [Theory]
    [InlineData("unet", Width, "no backbone")]
    [InlineData("segnet", 4, "another network or width")]
    [InlineData("resnet50-gpp", Width, "none of its 31 tensors is one of the backbone's, such as 'conv1.weight'")]
    public void Other_networks_say_what_is_wrong(string network, int width, string says)
    {
        using var program = Program(network, width);
        var file = Write(normed: false, classifier: true);
        Assert.Contains(says, Assert.Throws<EngineError>(() => Load(network, file, program)).Message);
    }

    [Fact]
    public void Another_file_is_no_vgg16()
    {
        var writer = new SafeTensorsWriter();
        writer.Add<float>("features.conv0.weight", [1, 1, 1, 1], [1f]); // as in a DenseNet
        var file = Path.Combine(_folder, "other.safetensors");
        writer.Save(file);
        using var program = Program("segnet", Width);
        Assert.Contains("a VGG-16 has 13", Assert.Throws<EngineError>(() => Load("segnet", file, program)).Message);
    }

    private static int Load(string network, string file, CpuProgram<float> program) =>
        Pretrained.Load(new() { Network = new() { Name = network, Width = Width, Pretrained = file } }, program).Transfers.Count;

    private CpuProgram<float> Program(string network, int width)
    {
        var tape = new Tape();
        Network.Create(new() { Name = network, Width = width }, classes: 2)
            .Record(new Layers(tape, NetworkMode.Evaluation), tape.Input("image", new Shape(1, Side, Side, 3)));
        return _backend.Compile<float>(tape);
    }

    /// <summary>The two first channels of conv7, enlarged, by torchvision's layers with their biases.</summary>
    private float[] Torchvision(ParameterSet<float> weights, bool normed, float[] image)
    {
        var tape = new Tape();
        var input = tape.Input("image", new Shape(1, Side, Side, 3));
        var x = input;
        for (var i = 0; i < 13; i++)
        {
            var layer = (normed ? Normed : Plain)[i];
            x = tape.Conv2d(x, tape.Parameter($"features.{layer}.weight", new Shape(Outputs[i], 3, 3, x.Shape.C)), ConvWindow.Same(3, 3),
                tape.VectorParameter($"features.{layer}.bias", Outputs[i]), relu: !normed);
            if (normed)
                x = tape.BatchNorm(x, tape.VectorParameter($"features.{layer + 1}.weight", Outputs[i]),
                    tape.VectorParameter($"features.{layer + 1}.bias", Outputs[i]),
                    tape.State($"features.{layer + 1}.running_mean", Shape.Vector(Outputs[i]), rank: 1),
                        tape.State($"features.{layer + 1}.running_var", Shape.Vector(Outputs[i]), rank: 1), training: false, relu: true);
            if (LastOfStage.Contains(i))
                x = tape.MaxPool2d(x, 2, 2).Maxima;
        }
        foreach (var (layer, kernel) in new[] { ("fc6", 7), ("fc7", 1) })
            x = tape.Conv2d(x, tape.Parameter($"{layer}.weight", new Shape(64 * Width, kernel, kernel, x.Shape.C)), ConvWindow.Same(kernel, kernel),
                tape.VectorParameter($"{layer}.bias", 64 * Width), relu: true);
        var large = tape.Keep(tape.BilinearResize(x, Side, Side));
        using var program = _backend.Compile<float>(tape);
        foreach (var value in tape.Values.Where(ParameterSet<float>.IsModel))
            (value.Name.StartsWith("fc", StringComparison.Ordinal) ? Convolved(weights, value.Name) : weights[value.Name]).CopyTo(program.Real(value));
        image.CopyTo(program.Real(input));
        program.Run();
        var channels = program.Real(large).ToArray();
        return [.. Enumerable.Range(0, Side * Side).SelectMany(p => new[] { channels[p * 64 * Width], channels[p * 64 * Width + 1] })];
    }

    /// <summary>A fully connected layer over C×7×7 (or C) inputs as a convolution with the channels last.</summary>
    private static float[] Convolved(ParameterSet<float> weights, string name)
    {
        var given = weights[name.Replace("fc6", "classifier.0", StringComparison.Ordinal).Replace("fc7", "classifier.3", StringComparison.Ordinal)];
        if (name != "fc6.weight")
            return given;
        var moved = new float[given.Length];
        const int channels = 16;
        for (var o = 0; o < 64 * Width; o++)
            for (var c = 0; c < channels; c++)
                for (var tap = 0; tap < 49; tap++)
                    moved[(o * 49 + tap) * channels + c] = given[(o * channels + c) * 49 + tap];
        return moved;
    }

    private string Write(bool normed, bool classifier)
    {
        var writer = new SafeTensorsWriter();
        void Add(string name, double low, double high, params long[] shape) =>
            writer.Add<float>(name, shape,
                Enumerable.Range(0, (int)shape.Aggregate(1L, (n, d) => n * d)).Select(_ => (float)(low + (high - low) * _random.NextDouble())).ToArray());
        var inputs = 3;
        for (var i = 0; i < 13; i++)
        {
            var layer = (normed ? Normed : Plain)[i];
            Add($"features.{layer}.weight", -0.5, 0.6, Outputs[i], inputs, 3, 3);
            Add($"features.{layer}.bias", -0.2, 0.3, Outputs[i]);
            inputs = Outputs[i];
            if (!normed)
                continue;
            Add($"features.{layer + 1}.weight", 0.5, 1.5, inputs);
            Add($"features.{layer + 1}.bias", -0.1, 0.4, inputs);
            Add($"features.{layer + 1}.running_mean", -0.5, 0.5, inputs);
            Add($"features.{layer + 1}.running_var", 0.5, 2, inputs);
            writer.Add<long>($"features.{layer + 1}.num_batches_tracked", [], [7L]);
        }
        if (classifier)
        {
            Add("classifier.0.weight", -0.1, 0.11, 64 * Width, 16 * 49);
            Add("classifier.0.bias", -0.1, 0.2, 64 * Width);
            Add("classifier.3.weight", -0.1, 0.11, 64 * Width, 64 * Width);
            Add("classifier.3.bias", -0.1, 0.2, 64 * Width);
            Add("classifier.6.weight", -1, 1, 10, 64 * Width);
        }
        var file = Path.Combine(_folder, $"vgg{(normed ? "-bn" : "")}{(classifier ? "" : "-features")}.safetensors");
        writer.Save(file);
        return file;
    }

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
