using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Ranks;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>An update by several ranks.</summary>
public class RankStepTests
{
    private const int Updates = 2;

    private static TrainConfig Config(string network, int batch, bool sync = true, bool checkpointing = false) => new()
    {
        Network = new() { Name = network, Width = 8, K = 3, GicnChannels = 4 },
        Data = new() { PatchSize = 64, Classes = ["background", "benign", "malignant"] },
        Training = new() { BatchSize = batch, SyncBatchNorm = sync, Checkpointing = checkpointing },
        Loss = new() { ClassWeights = [1, 2.5, 0.7] },
    };

    [Theory]
    [InlineData("resnet18-gicn-gpp", 2, false)]
    [InlineData("resnet18-gicn-gpp", 2, true)]
    [InlineData("resnet18-unet", 3, false)]
    [InlineData("segnet", 2, false)]
    public void Is_that_of_one_with_all_their_patches(string network, int ranks, bool checkpointing)
    {
        var one = Train(Config(network, 2 * ranks, checkpointing: checkpointing), null);
        var many = ThreadRanks.Run(ranks, group => Train(Config(network, 2, checkpointing: checkpointing), group));
        foreach (var rank in many)
            Assert.All(one, value => Assert.All(value.Value.Zip(rank[value.Key]),
                pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-9 * Math.Max(1, Math.Abs(pair.First)),
                    $"{value.Key}: {pair.First:R} by one, {pair.Second:R} by {ranks}")));
    }

    [Fact]
    public void Leaves_the_same_bits_on_every_rank_and_every_time()
    {
        var first = ThreadRanks.Run(3, group => Train(Config("resnet18-gicn-gpp", 2), group));
        var second = ThreadRanks.Run(3, group => Train(Config("resnet18-gicn-gpp", 2), group));
        foreach (var rank in first.Concat(second).Skip(1))
            Assert.All(first[0], value => Assert.Equal(value.Value, rank[value.Key]));
    }

    [Fact]
    public void With_norms_of_their_own_has_the_same_weights_but_not_statistics_on_every_rank()
    {
        var ranks = ThreadRanks.Run(2, group => Train(Config("resnet18-gicn-gpp", 2, sync: false), group));
        Assert.All(ranks[0].Where(value => !value.Key.Contains("running", StringComparison.Ordinal)), value => Assert.Equal(value.Value, ranks[1][value.Key]));
        Assert.Contains(ranks[0], value => !value.Value.SequenceEqual(ranks[1][value.Key]));
    }

    [Fact]
    public void Sends_gradients_in_buckets_while_others_are_still_to_be_computed()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 8, 8, 4));
        for (var i = 0; i < 6; i++)
            x = tape.Conv2d(x, tape.Parameter($"weight{i}", new Shape(4, 3, 3, 4)), ConvWindow.Same(3, 3));
        var (loss, _) = tape.SegmentationLoss(x, tape.Input("y", new Shape(1, 8, 8, 1), ElementType.Int32), acrossRanks: true);
        var gradients = tape.BackwardAcrossRanks(loss, bucketBytes: 2 * 4 * 3 * 3 * 4 * sizeof(float));
        Node[] starts = [.. tape.Nodes.Where(node => node.Op is AllReduceStart)];
        Assert.Equal(6, starts.Length);
        Assert.Equal(3, starts.Select(start => AllReduceStart.Bucket(tape, start)[0]).Distinct().Count());
        Assert.All(starts, start => Assert.Equal(2, AllReduceStart.Bucket(tape, start).Count));
        Assert.Contains(tape.Nodes, node => node.Op is Conv2dWeightGradient && node.Index > starts[0].Index);
        Assert.All(tape.Parameters, parameter => Assert.IsType<AllReduceFinish>(gradients[parameter].Producer!.Op));
        // The last layer's come first.
        Assert.Equal(gradients[tape["weight5"]].Producer!.Inputs[0], starts[0].Outputs[0]);
    }

    // Losses, parameters, momenta and running statistics after some updates in float64; a rank has its part of the patches.
    private static Dictionary<string, double[]> Train(TrainConfig config, RankGroup? ranks)
    {
        var step = TrainingStep.Record(config, Normalisation.ImageNet, acrossRanks: ranks is not null);
        using var backend = new CpuBackend(threads: 1, ranks: ranks);
        using var program = backend.Compile<double>(step.Tape);
        var persistent = step.Tape.Values.Where(value => value.Kind is ValueKind.Parameter or ValueKind.State);
        foreach (var value in persistent)
            Fill(program, value);
        var result = new Dictionary<string, double[]>();
        for (var update = 0; update < Updates; update++)
        {
            var batch = config.Training.BatchSize;
            var all = batch * (ranks?.Count ?? 1);
            var pixels = config.Data.PatchSize * config.Data.PatchSize;
            var (rgb, labels) = (new byte[all * pixels * 3], new byte[all * pixels]);
            new Random(update).NextBytes(rgb);
            // Patches with more and fewer pixels that count, so that ranks weigh differently.
            for (var i = 0; i < labels.Length; i++)
                labels[i] = rgb[3 * i] < 40 * (i / pixels) ? (byte)255 : (byte)(rgb[3 * i + 1] % 3);
            var first = (ranks?.Rank ?? 0) * batch;
            var length = AugmentationRow.Length(config.Augmentation.ToSettings());
            var rows = new float[batch * length];
            for (var i = 0; i < batch; i++)
                AugmentationRow.Write(Augmentation.None, rows.AsSpan(i * length, length));
            program.Write(step.Image, rgb.AsSpan(first * pixels * 3, batch * pixels * 3));
            program.Write(step.Target, labels.AsSpan(first * pixels, batch * pixels));
            program.Write(step.Rows, Array.ConvertAll(rows, x => (double)x));
            program.Write(step.Rate, [0.05]);
            program.Run();
            result[$"loss {update}"] = [.. program.Read(step.Loss), .. program.Read(step.Parts)];
        }
        foreach (var value in persistent)
            result[value.Name] = program.Read(value);
        return result;
    }

    private static void Fill(Program<double> program, Value value)
    {
        var random = new Random(value.Name.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
        var isNorm = value.Rank == 1 && value.Name.EndsWith(".weight", StringComparison.Ordinal);
        var isScale = isNorm || value.Name.EndsWith("running_var", StringComparison.Ordinal);
        var spread = Math.Sqrt(2.0 / Math.Max(1, value.Shape.Count / Math.Max(1, value.Shape.N)));
        var isMomentum = value.Name.EndsWith(".velocity", StringComparison.Ordinal);
        program.Write(value, [.. Enumerable.Range(0, (int)value.Shape.Count)
            .Select(_ => isMomentum ? 0 : isScale ? 0.5 + random.NextDouble() : spread * (2 * random.NextDouble() - 1))]);
    }
}
