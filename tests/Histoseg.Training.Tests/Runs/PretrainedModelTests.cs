using Histoseg.Engine;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Fine-tuning: a network begins with a model or checkpoint of this program.</summary>
public sealed class PretrainedModelTests : IDisposable
{
    private static readonly TrainConfig Source = new()
    {
        Network = new() { Name = "resnet18-gicn", Width = 2, K = 3, GicnChannels = 4, Pretrained = NetworkDescription.ImageNet },
        Data = new() { PatchSize = 64, Classes = ["background", "tumour", "stroma"] },
        Training = new() { BatchSize = 2 },
    };

    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new();
    private readonly ParameterSet<float> _saved;

    public PretrainedModelTests()
    {
        using var step = new TrainingStep(_backend, Source, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, seed: 77);
        _saved = ParameterSet<float>.From(step.Program);
        ModelFolder.Save(_folder["run/model"], new()
        {
            Network = Source.Network,
            NumClasses = 3,
            ClassNames = Source.Data.Classes,
            PatchSizePixels = 64,
            Normalisation = Normalisation.ImageNet,
            Iteration = 12,
        }, _saved);
        Checkpoint.Save(_folder["run/last.ckpt"], step.Program, Source, new() { Iteration = 13 });
    }

    public void Dispose()
    {
        _folder.Dispose();
        _backend.Dispose();
    }

    [Theory]
    [InlineData("run/model", "run/model", 12)]
    [InlineData("run/model/", "run/model/", 12)]
    [InlineData("run/model/model.safetensors", "run/model", 12)]
    [InlineData("run/model/model.json", "run/model", 12)]
    [InlineData("run", "run/model", 12)]
    [InlineData("run/last.ckpt", "run/last.ckpt", 13)]
    public void All_of_it_is_taken_where_the_classes_are_the_same(string given, string told, int iteration)
    {
        var (weights, plan) = Loaded(Source, given);
        foreach (var name in _saved.Names)
            Assert.Equal(_saved[name], weights[name]);
        var all = _saved.Names.Count;
        var momenta = _saved.Names.Count(name => !name.Contains(".running_", StringComparison.Ordinal));
        Assert.Equal(
        [
            $"pretrained: {all} of {all} tensors loaded from {_folder[told]}: resnet18-gicn, width 2, k 3, GICN channels 4, 3 classes, {iteration} iterations",
            given == "run/last.ckpt" ? $"pretrained: left in it: {momenta} momenta of the optimiser, which starts anew" : "pretrained: left in it: nothing",
            "pretrained: starts anew: nothing",
        ], plan.Lines);
    }

    [Theory]
    [InlineData("run/model", "other classes (3 classes there, 2 here)", "background", "gland")]
    [InlineData("run/last.ckpt", "other classes (3 classes there, 2 here)", "background", "gland")]
    [InlineData("run/model", "other classes ('stroma' there is 'gland' here)", "background", "tumour", "gland")]
    [InlineData("run/last.ckpt", "other classes ('stroma' there is 'gland' here)", "background", "tumour", "gland")]
    public void With_other_classes_the_head_begins_anew_and_all_else_is_as_it_was(string given, string why, params string[] classes)
    {
        var (weights, plan) = Loaded(Source with { Data = Source.Data with { Classes = classes } }, given);
        foreach (var name in weights.Names.Where(name => !name.StartsWith("head.", StringComparison.Ordinal)))
            Assert.Equal(_saved[name], weights[name]);
        Assert.NotEqual(_saved["head.weight"], weights["head.weight"]);
        Assert.StartsWith("pretrained: left in it: head (2 tensors): for its own classes", plan.Lines[1], StringComparison.Ordinal);
        Assert.Equal($"pretrained: starts anew: head (2 tensors): {why}", plan.Lines[2]);
    }

    [Fact]
    public void Of_a_checkpoint_with_an_average_of_the_weights_that_is_taken()
    {
        using var step = new TrainingStep(_backend, Source, Normalisation.ImageNet);
        var average = new WeightAverage(0.9);
        _saved.CopyTo(step.Program, "saved");
        average.Add(step.Program, 10);
        Initialisation.KaimingNormal(step.Program, seed: 78);
        Checkpoint.Save(_folder["averaged.ckpt"], step.Program, Source, new() { Iteration = 10 }, average);
        var (weights, plan) = Loaded(Source, "averaged.ckpt");
        Assert.All(_saved.Names, name => Assert.Equal(_saved[name], weights[name]));
        Assert.Matches(@"^pretrained: left in it: \d+ momenta of the optimiser, which starts anew$", plan.Lines[1]);
    }

    [Fact]
    public void A_checkpoint_without_names_of_classes_is_told_by_their_number()
    {
        using var file = SafeTensors.Open(_folder["run/last.ckpt"]);
        var writer = new SafeTensorsWriter();
        foreach (var name in file.Shapes.Keys)
            writer.Add<float>(name, file.Shapes[name], file.Read<float>(name));
        foreach (var (key, value) in file.Metadata.Where(pair => pair.Key != "class_names"))
            writer.AddMetadata(key, value);
        writer.Save(_folder["old.ckpt"]);
        Assert.Equal("pretrained: starts anew: nothing",
            Loaded(Source with { Data = Source.Data with { Classes = ["a", "b", "c"] } }, "old.ckpt").Plan.Lines[2]);
    }

    [Fact]
    public void Layers_of_another_shape_and_those_that_are_new_begin_anew_and_are_told()
    {
        var wider = Source with { Network = Source.Network with { K = 5, Crf = new() } };
        var (weights, plan) = Loaded(wider, "run/model");
        Assert.Equal(_saved["backbone.layer4.1.conv2.weight"], weights["backbone.layer4.1.conv2.weight"]);
        Assert.Matches(@"^pretrained: left in it: gicn \(\d+ tensors\): not in this network, or in another shape$", plan.Lines[1]);
        Assert.Matches(@"^pretrained: starts anew: gicn \(\d+ tensors\): another shape there; crf \(3 tensors\): not in it$", plan.Lines[2]);
    }

    [Theory]
    [InlineData("resnet18-gpp", 2)]
    [InlineData("resnet18-gicn", 3)]
    [InlineData("unet", 2)]
    public void Another_network_or_width_is_refused(string name, int width)
    {
        var config = Source with { Network = Source.Network with { Name = name, Width = width, Pretrained = _folder["run/model"] } };
        Assert.Equal($"{_folder["run/model"]}: has the weights of resnet18-gicn, width 2, and the config asks for {name}, width {width}; "
            + "set network.name and network.width to those, or leave network.pretrained out",
            Assert.Throws<EngineError>(() => Pretrained.RequireFits(config)).Message);
    }

    [Fact]
    public void A_model_that_lacks_a_tensor_is_damaged()
    {
        var writer = new SafeTensorsWriter();
        _saved.Renamed(name => name == "head.bias" ? "head.bis" : name).Save(writer);
        writer.Save(_folder["run/model/model.safetensors"]);
        var config = Source with { Network = Source.Network with { Pretrained = _folder["run"] } };
        Assert.Contains("tensor 'head.bias' is missing", Assert.Throws<EngineError>(() => Pretrained.RequireFits(config)).Message);
    }

    private (ParameterSet<float> Weights, WeightPlan Plan) Loaded(TrainConfig config, string given)
    {
        config = config with { Network = config.Network with { Pretrained = _folder[given] } };
        using var step = new TrainingStep(_backend, config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, seed: 1);
        if (config.Network.Crf is { } crf)
            MeanFieldCrf.Initialise(step.Program, crf);
        Pretrained.RequireFits(config);
        var plan = Pretrained.Load(config, step.Program);
        return (ParameterSet<float>.From(step.Program), plan);
    }
}
