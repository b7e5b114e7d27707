using Histoseg.Engine.Checkpoints;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Synthesis;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Runs that draw hard slides more often: to the same bits whenever they are stopped, and on ranks.</summary>
public sealed class HardShareTests : IDisposable
{
    // Draws are hard from the third round on.
    private const int Iterations = 2 * SlideLosses.Round + 12;

    private readonly TempFolder _folder = new();
    private readonly string _manifest;

    public HardShareTests() => _manifest = SlideSynthesiser.WriteSet(_folder["slides"], 3, 0, 0, 5, 512, 512, 1);

    public void Dispose() => _folder.Dispose();

    private TrainConfig Config(double hardShare) => new()
    {
        Network = new() { Width = 2, GicnChannels = 4, K = 3 },
        Data = new()
        {
            Manifest = _manifest,
            Mpp = 2,
            PatchSize = 64,
            Stride = 32,
            HardShare = hardShare,
            Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
        },
        Training = new() { Iterations = Iterations, BatchSize = 2, CheckpointEvery = 50, Threads = 1 },
        Optimiser = new() { LearningRate = 0.01 },
    };

    private void Train(TrainConfig config, string run, int ranks, int? stopAt = null, bool resume = false)
    {
        using var stop = new CancellationTokenSource();
        var progress = new Stopper(stop, stopAt);
        if (ranks == 1)
            TrainingRun.Start(config, _folder[run], resume, progress, cancel: stop.Token);
        else
            ThreadRanks.Run<bool?>(ranks, group =>
            {
                if (!group.IsLeader)
                    return TrainingRun.Follow(config, group);
                TrainingRun.Start(config, _folder[run], resume, progress, ranks: group, cancel: stop.Token);
                return null;
            });
    }

    private (byte[] Weights, float[] Losses) Result(string run)
    {
        using var checkpoint = SafeTensors.Open(_folder[run + "/last.ckpt"]);
        return (File.ReadAllBytes(_folder[run + "/model-last/model.safetensors"]), checkpoint.Read<float>(Checkpoint.SlideLossesName));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_stopped_in_any_round_goes_on_to_the_same_bits(int ranks)
    {
        Train(Config(1), "whole", ranks);
        foreach (var stopAt in new[] { SlideLosses.Round - 2, 2 * SlideLosses.Round + 3 })
            Assert.ThrowsAny<OperationCanceledException>(() => Train(Config(1), "stopped", ranks, stopAt, resume: stopAt > SlideLosses.Round));
        Train(Config(1), "stopped", ranks, resume: true);
        var (whole, stopped) = (Result("whole"), Result("stopped"));
        Assert.Equal(whole.Weights, stopped.Weights);
        Assert.Equal(whole.Losses, stopped.Losses);
        // All slides were seen, and they are not all the same to it.
        Assert.All(whole.Losses, loss => Assert.InRange(loss, 0.01f, 10));
        Assert.Equal(3, whole.Losses[..3].Distinct().Count());
    }

    [Fact]
    public void A_run_begun_without_can_go_on_with_it()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => Train(Config(0), "run", 1, stopAt: SlideLosses.Round + 3));
        using (var checkpoint = SafeTensors.Open(_folder["run/last.ckpt"]))
            Assert.DoesNotContain(Checkpoint.SlideLossesName, checkpoint.Shapes.Keys);
        Train(Config(0.5), "run", 1, resume: true);
        Assert.All(Result("run").Losses[..3], loss => Assert.InRange(loss, 0.01f, 10));
    }

    private sealed class Stopper(CancellationTokenSource stop, int? at) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Iteration >= at)
                stop.Cancel();
        }
    }
}
