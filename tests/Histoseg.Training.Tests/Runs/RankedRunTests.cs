using Histoseg.Engine;
using Histoseg.Engine.Devices;
using Histoseg.Engine.Ranks;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Whole runs of several ranks, here as threads of this process.</summary>
public sealed class RankedRunTests(TrainerTests.SmallSlides slides) : IClassFixture<TrainerTests.SmallSlides>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private TrainConfig Config(int iterations, int batch = 2) => new()
    {
        Network = new() { Width = 2, GicnChannels = 4, K = 3 },
        Data = new()
        {
            Manifest = slides.Manifest,
            Mpp = 2,
            PatchSize = 64,
            Stride = 32,
            Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
        },
        Training = new() { Iterations = iterations, BatchSize = batch, ValidateEvery = 4, CheckpointEvery = 3, LogEvery = 2, Threads = 1, RankTimeout = 30 },
        Optimiser = new() { LearningRate = 0.01, Averaging = 0.9 },
    };

    // As each rank: null where rank 0 has ended, else whether it was followed to its end.
    private bool?[] Train(TrainConfig config, string run, int ranks = 2, bool resume = false, Action<RankGroup, TrainingProgress>? told = null,
        Func<RankGroup, CancellationToken>? cancel = null, Func<RankGroup, DeviceOpener?>? devices = null) => ThreadRanks.Run<bool?>(ranks, group =>
    {
        var stop = cancel?.Invoke(group) ?? default;
        if (!group.IsLeader)
            return TrainingRun.Follow(config, group, devices?.Invoke(group), stop);
        TrainingRun.Start(config, _folder[run], resume, told is null ? null : new Listener(at => told(group, at)), devices?.Invoke(group), ranks: group,
            cancel: stop);
        return null;
    });

    private sealed class Listener(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }

    private string Weights(string run) => Convert.ToHexString(File.ReadAllBytes(_folder[$"{run}/model-last/model.safetensors"]));

    [Fact]
    public void Two_ranks_train_what_one_trains_on_batches_twice_as_large()
    {
        // One update: in float32 a slim network's next ones part, because sums are in another order. More are compared in float64.
        Assert.Equal([null, true], Train(Config(1), "two"));
        TrainingRun.Start(Config(1, batch: 4), _folder["one"]);
        var (one, two) = (ModelFolder.Load(_folder["one/model-last"]).Weights, ModelFolder.Load(_folder["two/model-last"]).Weights);
        foreach (var name in one.Names)
            Assert.All(one[name].Zip(two[name]), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Max(1, Math.Abs(pair.First))));
        // Loss, its parts, and the share of positives among the patches of both.
        double[] Measured(string run) => [.. File.ReadLines(_folder[run + "/metrics.csv"]).Last().Split(',')[2..7].Select(double.Parse)];
        Assert.All(Measured("one").Zip(Measured("two")), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Empty(Directory.GetFiles(_folder["two"], "*partial*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 5)]
    // In the validation.
    [InlineData(0, 8)]
    public void Stopped_at_whichever_rank_and_resumed_equals_never_stopped(int asked, int stopAt)
    {
        Train(Config(10), "whole");
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(Config(10), "stopped", told: (_, at) =>
        {
            if (at.Iteration == stopAt)
                stop.Cancel();
        }, cancel: group => group.Rank == asked ? stop.Token : default));
        Assert.True(File.Exists(_folder["stopped/last.ckpt"]));
        Train(Config(10), "stopped", resume: true);
        Assert.Equal(Weights("whole"), Weights("stopped"));
    }

    [Fact]
    public void A_run_may_go_on_with_another_number_of_ranks_and_says_so()
    {
        Train(Config(3), "run");
        var notes = new List<string>();
        Train(Config(6), "run", ranks: 3, resume: true, told: (_, at) => notes.Add(at.Note ?? ""));
        Assert.Contains("it was trained by 2 processes until here and is by 3 from now on, so an update is of 6 patches instead of 4", notes);
        TrainingRun.Start(Config(8), _folder["run"], resume: true);
        Assert.Equal(8, ModelFolder.Load(_folder["run/model-last"]).Description.Iteration);
    }

    [Fact]
    public void A_run_that_is_over_ends_for_all()
    {
        Train(Config(3), "run");
        Assert.Equal([null, true], Train(Config(3), "run", resume: true));
    }

    [Fact]
    public void Where_rank_0_cannot_begin_the_others_end_quietly()
    {
        Train(Config(3), "run");
        // There is a run already.
        var error = Assert.Throws<EngineError>(() => Train(Config(3), "run"));
        Assert.Contains("run", error.Message);
    }

    [Fact]
    public void Where_another_rank_cannot_begin_it_says_why_and_rank_0_that_it_did()
    {
        var broken = new DeviceOpener(() => throw new EngineError("the disk of this machine is gone"), null!, null!);
        var ends = ThreadRanks.Run(2, group => Record.Exception(() =>
        {
            if (group.IsLeader)
                TrainingRun.Start(Config(3), _folder["run"], ranks: group);
            else
                TrainingRun.Follow(Config(3), group, broken);
        }));
        Assert.Equal("the disk of this machine is gone", Assert.IsType<EngineError>(ends[1]).Message);
        Assert.Contains("rank 1 of 2 cannot go on, for the reason it told; stopped after iteration 0", Assert.IsType<EngineError>(ends[0]).Message);
        Assert.False(Directory.Exists(_folder["run"]), "what does not start leaves nothing behind");
    }

    [Fact]
    public void Ranks_of_different_configs_do_not_begin()
    {
        var ends = ThreadRanks.Run(2, group => Record.Exception(() =>
        {
            if (group.IsLeader)
                TrainingRun.Start(Config(3), _folder["run"], ranks: group);
            else
                TrainingRun.Follow(Config(4), group);
        }));
        Assert.All(ends, end => Assert.Contains("different configs", Assert.IsType<ConfigError>(end).Message));
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void A_loss_that_diverges_ends_all_and_the_last_checkpoint_stays()
    {
        Train(Config(3) with { Optimiser = new() { LearningRate = 0.01 } }, "run");
        var before = File.ReadAllBytes(_folder["run/last.ckpt"]);
        var wild = Config(200) with { Optimiser = new() { LearningRate = 10, WeightDecay = 1, Momentum = 0.9999 } };
        wild = wild with { Training = wild.Training with { CheckpointEvery = 1000, ValidateEvery = 0 } };
        var ends = ThreadRanks.Run(2, group => Record.Exception(() =>
        {
            if (group.IsLeader)
                TrainingRun.Start(wild, _folder["run"], resume: true, ranks: group);
            else
                TrainingRun.Follow(wild, group);
        }));
        Assert.All(ends, end => Assert.Contains("lower optimiser.learning_rate", Assert.IsType<EngineError>(end).Message));
        Assert.Equal(before, File.ReadAllBytes(_folder["run/last.ckpt"]));
    }
}
