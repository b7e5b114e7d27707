using Histoseg.Engine;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tests.Checkpoints;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Files of PyTorch, as torchvision, timm and makers of pathology encoders publish them: ResNet-18 at a tiny width.</summary>
public sealed class PretrainedFilesTests : IDisposable
{
    private const int Width = 2, Tensors = 100;
    private const string Before = "layer1.0.conv1.weight";

    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new();
    private readonly List<(string Name, long[] Shape, float[] Values)> _resNet18;

    public PretrainedFilesTests()
    {
        using var step = new TrainingStep(_backend, Config("resnet18-unet"), Normalisation.ImageNet);
        var random = new Random(4);
        _resNet18 = [.. step.Program.Tape.Values.Where(ParameterSet<float>.IsModel)
            .Where(value => value.Name.StartsWith("backbone.", StringComparison.Ordinal))
            .Select(value => (value.Name["backbone.".Length..], TorchLayout.ShapeOf(value),
                Enumerable.Range(0, (int)value.Shape.Count).Select(_ => (float)random.NextDouble() + 0.1f).ToArray()))];
        Assert.Equal(Tensors, _resNet18.Count);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _backend.Dispose();
    }

    [Fact]
    public void A_pth_file_gives_the_bits_of_the_safetensors_file()
    {
        var writer = new SafeTensorsWriter();
        foreach (var (name, shape, values) in _resNet18)
            writer.Add<float>(name, shape, values);
        writer.Save(_folder["a.safetensors"]);
        var (expected, _) = Loaded(Config("resnet18-gpp", _folder["a.safetensors"]));
        var (actual, plan) = Loaded(Config("resnet18-gpp", _folder.Write("a.pth", TorchSample.File(StateDict()))));
        foreach (var name in expected.Names)
            Assert.Equal(expected[name], actual[name]);
        Assert.Equal(Tensors, plan.Transfers.Count);
        var (first, _, values1) = _resNet18[0];
        Assert.Equal(values1, TorchLayout.ToTorch<float>(actual["backbone." + first], new Engine.Tensors.Shape(Width, 7, 7, 3)));
    }

    [Theory]
    [InlineData("torchvision", "", "", "fc (2 tensors)")]
    [InlineData("a data-parallel module", "", "module.", "fc (2 tensors)")]
    [InlineData("MoCo", "state_dict.", "module.encoder_q.", "fc (2 tensors), encoder_k (100)")]
    [InlineData("DINO", "teacher.", "backbone.", "fc (2 tensors), student (100)")]
    [InlineData("timm with averages", "state_dict_ema.", "", "fc (2 tensors), state_dict (100)")]
    [InlineData("Lightning", "state_dict.", "model.resnet.", "fc (2 tensors), optimizer_states (1)")]
    [InlineData("a U-Net on it", "", "encoder.", "fc (2 tensors), decoder (1)")]
    public void The_network_is_found_under_whatever_it_stands(string maker, string keys, string modules, string left)
    {
        var state = StateDict(modules);
        state[modules + "fc.weight"] = SampleTensor.Of(new float[20], 10, 2);
        state[modules + "fc.bias"] = SampleTensor.Of(new float[10], 10);
        state[modules + "bn1.num_batches_tracked"] = new SampleTensor("Long", new byte[8], 1, 0, [], []);
        object value = state;
        if (keys.Length > 0)
            value = new Dictionary<string, object?> { ["epoch"] = 7, [keys.TrimEnd('.')] = state };
        var outer = (Dictionary<string, object?>)value;
        var zeros = Zeros();
        switch (maker)
        {
            case "MoCo":
                foreach (var (name, tensor) in zeros)
                    state["module.encoder_k." + name] = tensor;
                break;
            case "DINO":
                outer["student"] = zeros.ToDictionary(one => "module.backbone." + one.Key, one => one.Value);
                break;
            case "timm with averages":
                outer["state_dict"] = zeros;
                break;
            case "Lightning":
                outer["optimizer_states"] = new object?[] { new Dictionary<string, object?> { ["exp_avg"] = SampleTensor.Of([1], 1) } };
                break;
            case "a U-Net on it":
                state["decoder.blocks.0.conv1.0.weight"] = SampleTensor.Of([1], 1, 1, 1, 1);
                break;
        }
        var file = _folder.Write("a.pth", TorchSample.File(value));
        var (weights, plan) = Loaded(Config("resnet18-unet", file));
        Assert.Equal(
        [
            $"pretrained: 100 tensors loaded from {file}{(keys + modules is { Length: > 0 } prefix ? $" ({prefix}*)" : "")} into the backbone",
            $"pretrained: left in it: {left}, which the backbone has no use for",
            "pretrained: starts anew: up (50 tensors), head (2), not in it",
        ], plan.Lines);
        var (_, _, expected) = _resNet18.First(tensor => tensor.Name == "bn1.running_var");
        Assert.Equal(expected, weights["backbone.bn1.running_var"]);
    }

    [Fact]
    public void A_file_of_nothing_else_leaves_nothing() => Assert.Equal("pretrained: left in it: nothing",
        Loaded(Config("resnet18-unet", _folder.Write("a.pth", TorchSample.File(StateDict())))).Plan.Lines[1]);

    [Theory]
    [InlineData("a deeper network", "holds a ResNet-34, and resnet18-unet has a ResNet-18")]
    [InlineData("a network with bottlenecks", "holds a ResNet of 2, 2, 2, 2 bottlenecks, and resnet18-unet has a ResNet-18")]
    [InlineData("a missing tensor", "there is no tensor 'encoder.bn1.weight'")]
    [InlineData("another width", "tensor 'encoder.conv1.weight' is [4, 3, 7, 7] and the network needs [2, 3, 7, 7]", "set network.name and network.width")]
    [InlineData("another network", "none of its 1 tensors is one of the backbone's, such as 'conv1.weight'", "with 'blocks.0.attn.qkv.weight'")]
    [InlineData("NaN", "'backbone.layer1.0.conv1.weight' holds NaN")]
    [InlineData("what runs a program", "asks for 'os.system'", "nothing of it was run")]
    [InlineData("a pickle without a zip", "before 1.6", "torch.load('old.pth'")]
    [InlineData("a picture", "no file of weights that this program knows", "give .safetensors")]
    [InlineData("an empty file", "no file of weights that this program knows")]
    [InlineData("a text called safetensors", "not a sound safetensors file")]
    [InlineData("a folder of something else", "neither a model (model.json) nor a run")]
    [InlineData("nothing", "no such file or folder of pretrained weights", "correct network.pretrained")]
    public void What_does_not_fit_is_told_before_memory_is_taken(string what, params string[] says)
    {
        var state = StateDict("encoder.");
        var one = (SampleTensor)state["encoder." + Before]!;
        switch (what)
        {
            case "a deeper network":
                foreach (var (layer, blocks) in new[] { (1, 3), (2, 4), (3, 6), (4, 3) })
                    for (var block = 2; block < blocks; block++)
                        state[$"encoder.layer{layer}.{block}.conv1.weight"] = one;
                break;
            case "a network with bottlenecks":
                state["encoder.layer1.0.conv3.weight"] = one;
                break;
            case "a missing tensor":
                state.Remove("encoder.bn1.weight");
                break;
            case "another width":
                state["encoder.conv1.weight"] = SampleTensor.Of(new float[4 * 3 * 49], 4, 3, 7, 7);
                break;
            case "another network":
                state = new() { ["blocks.0.attn.qkv.weight"] = one };
                break;
            case "NaN":
                state["encoder." + Before] = SampleTensor.Of([.. Enumerable.Repeat(float.NaN, (int)one.Elements)], one.Shape);
                break;
            case "what runs a program":
                state["encoder.fc"] = new SampleName("os", "system");
                break;
        }
        var path = what switch
        {
            "a pickle without a zip" => _folder.Write("a.pth", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9]),
            "a picture" => _folder.Write("a.png", [0x89, .. "PNG\r\n\x1a\n and more"u8]),
            "an empty file" => _folder.Write("a.pth", []),
            "a text called safetensors" => _folder.Write("a.safetensors", "hello"),
            "a folder of something else" => _folder.Root,
            "nothing" => _folder["a.pth"],
            _ => _folder.Write("a.pth", TorchSample.File(state)),
        };
        var config = Config("resnet18-unet", path);
        var message = Assert.Throws<EngineError>(() =>
        {
            Pretrained.RequireFits(config);
            Loaded(config); // numbers are looked at when they are read
            Assert.Equal("NaN", what);
        }).Message;
        Assert.StartsWith(path + ": ", message, StringComparison.Ordinal);
        Assert.All(says, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_two_copies_the_average_is_taken_and_else_the_shorter_name()
    {
        HashSet<string> wanted = ["a.weight", "b.weight"];
        Assert.Equal("net.", StatePrefix.Best(["zz.net.a.weight", "net.a.weight", "net.b.weight", "zz.net.b.weight", "other.a.weight"], wanted));
        Assert.Equal("zz.teacher.", StatePrefix.Best(["zz.teacher.a.weight", "net.a.weight", "net.b.weight", "zz.teacher.b.weight"], wanted));
        Assert.Equal("", StatePrefix.Best([new string('.', 1_000_000), "c"], wanted));
    }

    [Fact]
    public void Names_are_told_by_their_layers()
    {
        Assert.Equal("fc (2 tensors), decoder (1)", TensorGroups.InWords(["m.encoder.fc.weight", "m.encoder.fc.bias", "m.decoder.0.weight"], "m.encoder."));
        Assert.Equal("a (1 tensor), b (1), c (1), d (1), e (1), f (1), g (1), h (1) and 2 more", TensorGroups.InWords("abcdefghij".Select(c => $"{c}")));
        Assert.Equal("\\x1b[2J\\n (1 tensor)", TensorGroups.InWords(["\u001b[2J\n.weight"]));
    }

    private Dictionary<string, object?> StateDict(string modules = "") =>
        _resNet18.ToDictionary(tensor => modules + tensor.Name, tensor => (object?)SampleTensor.Of(tensor.Values, tensor.Shape));

    private Dictionary<string, object?> Zeros() =>
        _resNet18.ToDictionary(tensor => tensor.Name, tensor => (object?)SampleTensor.Of(new float[tensor.Values.Length], tensor.Shape));

    private static TrainConfig Config(string network, string? pretrained = null) => new()
    {
        Network = new() { Name = network, Width = Width, Pretrained = pretrained },
        Data = new() { PatchSize = 64 },
        Training = new() { BatchSize = 2 },
    };

    private (ParameterSet<float> Weights, WeightPlan Plan) Loaded(TrainConfig config)
    {
        using var step = new TrainingStep(_backend, config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, seed: 1);
        Pretrained.RequireFits(config);
        var plan = Pretrained.Load(config, step.Program);
        return (ParameterSet<float>.From(step.Program), plan);
    }
}
