using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Networks;

/// <summary>What a tape is said to need is what its program takes, workspace included, for kernels that need not be there to be asked.</summary>
public class PlannedBytesTests
{
    public static TheoryData<string> Names => [.. Network.Names];

    [Theory, MemberData(nameof(Names))]
    public void Bytes_needed_are_bytes_taken(string name)
    {
        var config = new TrainConfig
        {
            Network = new() { Name = name, Width = 8, GicnChannels = 8 },
            Data = new() { PatchSize = 64, Classes = ["background", "tumour"] },
            Training = new() { BatchSize = 2 },
        };
        using var backend = new CpuBackend(threads: 3);
        Check(backend, PatchSegmenter.Record(config.CreateNetwork(), 64, 2, Normalisation.ImageNet).Rewritten().Tape);
        Check(backend, TrainingStep.Record(config, Normalisation.ImageNet).Tape);
    }

    private static void Check(CpuBackend backend, Tape tape)
    {
        var needed = backend.BytesNeeded(tape);
        using var program = backend.Compile<float>(tape);
        Assert.True(program.WorkspaceBytes > 0);
        Assert.Equal(program.Plan.ArenaBytes + program.Plan.PersistentBytes + program.WorkspaceBytes, needed);
    }
}
