using Histoseg.Engine;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Checkpoints of this version and of the one before.</summary>
public sealed class CheckpointTests : IDisposable
{
    // As version 1 wrote it: the record's own names, the pooling as a number, the number of classes among the network's keys.
    private const string Network1 = """{"Name":"resnet50-gicn-gpp","Classes":2,"Width":1,"K":3,"GicnChannels":2,"GppPooling":0}""";

    private static readonly TrainConfig Config = new()
    {
        Network = new() { Width = 1, K = 3, GicnChannels = 2 },
        Data = new() { PatchSize = 32, Classes = ["background", "tumour"] },
        Training = new() { BatchSize = 2 },
        Seed = 4,
    };

    private static readonly TrainingProgressState State = new() { Iteration = 12, Seconds = 3.5, BestDice = 0.25, BestIteration = 10, Positives = 20 };

    private readonly TempFolder _folder = new();
    private readonly CpuBackend _backend = new();
    private readonly TrainingStep _step;

    public CheckpointTests()
    {
        _step = new(_backend, Config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(_step.Program, seed: 5);
    }

    public void Dispose()
    {
        _step.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_saved_is_loaded()
    {
        var saved = Weights();
        Checkpoint.Save(_folder["last.ckpt"], _step.Program, Config, State);
        Initialisation.KaimingNormal(_step.Program, seed: 6);
        Assert.Equal(State, Checkpoint.Load(_folder["last.ckpt"], _step.Program, Config));
        Assert.Equal(saved, Weights());
    }

    [Fact]
    public void A_checkpoint_of_version_1_is_loaded()
    {
        var saved = Weights();
        WriteVersion1(Network1);
        Initialisation.KaimingNormal(_step.Program, seed: 6);
        Assert.Equal(State, Checkpoint.Load(_folder["old.ckpt"], _step.Program, Config));
        Assert.Equal(saved, Weights());
    }

    [Theory]
    [InlineData("\"K\":3", "\"K\":5", "of another network: it has resnet50-gicn-gpp, width 1, k 5, GICN channels 2, 2 classes, the config asks for")]
    [InlineData("\"Classes\":2", "\"Classes\":3", "GICN channels 2, 3 classes, the config asks for")]
    [InlineData("\"Width\":1,", "", "network cannot be read")]
    public void One_of_another_network_is_refused(string from, string to, string says)
    {
        WriteVersion1(Network1.Replace(from, to));
        Assert.Contains(says, Assert.Throws<EngineError>(() => Checkpoint.Load(_folder["old.ckpt"], _step.Program, Config)).Message);
    }

    [Fact]
    public void One_of_another_seed_or_format_is_refused()
    {
        Checkpoint.Save(_folder["last.ckpt"], _step.Program, Config, State);
        Assert.Contains("trained with seed 4, the config has 5",
            Assert.Throws<EngineError>(() => Checkpoint.Load(_folder["last.ckpt"], _step.Program, Config with { Seed = 5 })).Message);
        new SafeTensorsWriter().Save(_folder["weights.safetensors"]);
        Assert.Contains("no checkpoint",
            Assert.Throws<EngineError>(() => Checkpoint.Load(_folder["weights.safetensors"], _step.Program, Config)).Message);
    }

    private List<float> Weights() =>
        [.. _step.Program.Tape.Values.Where(ParameterSet<float>.IsPersistent).SelectMany(value => _step.Program.Read(value))];

    private void WriteVersion1(string network)
    {
        var writer = new SafeTensorsWriter();
        ParameterSet<float>.From(_step.Program, ParameterSet<float>.IsPersistent).Save(writer);
        writer.AddMetadata("format", "histoseg-checkpoint-1");
        writer.AddMetadata("network", network);
        writer.AddMetadata("seed", "4");
        writer.AddMetadata("state", System.Text.Json.JsonSerializer.Serialize(State));
        writer.Save(_folder["old.ckpt"]);
    }
}
