using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Planning;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Rates by layer, averages of weights, statistics taken anew: what each does to a very slim network.</summary>
public sealed class LearningOptionsTests(TrainerTests.SmallSlides slides) : IClassFixture<TrainerTests.SmallSlides>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private TrainConfig Config(int iterations, OptimiserConfig optimiser, int statistics = 0) => new()
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
        Training = new() { Iterations = iterations, BatchSize = 2, ValidateEvery = 0, CheckpointEvery = 7, StatisticsBatches = statistics, Threads = 2 },
        Optimiser = optimiser,
    };

    private ParameterSet<float> Train(TrainConfig config, string run)
    {
        TrainingRun.Start(config, _folder[run]);
        return ModelFolder.Load(_folder[run + "/model-last"]).Weights;
    }

    [Fact]
    public void The_backbone_learns_at_its_share_of_the_rate()
    {
        OptimiserConfig Optimiser(double rate, double factor) => new() { LearningRate = rate, BackboneFactor = factor, WeightDecay = 0 };
        var (start, one, tenth) = (Train(Config(1, Optimiser(1e-12, 1)), "start"), Train(Config(1, Optimiser(0.01, 1)), "one"),
            Train(Config(1, Optimiser(0.01, 0.1)), "tenth"));
        var shares = new[] { ("backbone.conv1.weight", 0.1), ("backbone.layer4.0.conv1.weight", 0.1), ("head.weight", 1.0), ("deconv.0.0.weight", 1.0) };
        foreach (var (name, share) in shares)
            for (var i = 0; i < start[name].Length; i++)
                Assert.Equal(share * (one[name][i] - start[name][i]), tenth[name][i] - start[name][i], 1e-7 + 1e-3 * Math.Abs(one[name][i] - start[name][i]));
    }

    [Fact]
    public void With_an_average_and_precise_statistics_a_stopped_run_goes_on_to_the_same_bits()
    {
        var config = Config(24, new() { LearningRate = 0.01, Averaging = 0.9, BackboneFactor = 0.5 }, statistics: 2);
        config = config with { Training = config.Training with { ValidateEvery = 20 } };
        Train(config, "whole");
        // Between two looks of the average, then in a validation, which begins with statistics of the average; each start has the average from the file alone.
        foreach (var stopAt in new[] { 13, 20 })
        {
            using var stop = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() =>
                TrainingRun.Start(config, _folder["stopped"], resume: stopAt > 13, progress: new Stopper(stop, stopAt), cancel: stop.Token));
            Assert.Contains($"Training was stopped after {stopAt} of 24 iterations", File.ReadAllText(_folder["stopped/report.html"]));
        }
        TrainingRun.Start(config, _folder["stopped"], resume: true);
        foreach (var file in new[] { "model-last/model.safetensors", "model/model.safetensors" })
            Assert.Equal(File.ReadAllBytes(_folder["whole/" + file]), File.ReadAllBytes(_folder["stopped/" + file]));
        // A checkpoint has the times of its run too, which differ.
        using var whole = SafeTensors.Open(_folder["whole/last.ckpt"]);
        using var stopped = SafeTensors.Open(_folder["stopped/last.ckpt"]);
        Assert.Equal(whole.Tensors.Keys.Order(StringComparer.Ordinal), stopped.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Contains(WeightAverage.Prefix + "head.weight", whole.Tensors.Keys);
        Assert.All(whole.Tensors.Keys, name => Assert.Equal(whole.Read<float>(name), stopped.Read<float>(name)));
    }

    [Fact]
    public void An_average_lies_between_the_weights_it_was_made_of()
    {
        var (tape, average) = (new Tape(), new WeightAverage(0.9));
        var weight = tape.Parameter("w", new Shape(3, 1, 1, 1));
        tape.Keep(tape.Relu(weight));
        using var backend = new CpuBackend(1);
        using var program = backend.Compile<float>(tape);
        foreach (var (iteration, value) in new[] { (10, 1f), (20, 2f), (1_000_000, 4f) })
        {
            program.Write(weight, [value, -value, 0]);
            average.Add(program, iteration);
        }
        // The second is the second of at least ten looks, the third one of many: 1 − 0.9¹⁰ of it.
        var second = 1 + 10 / 12.0;
        var third = second + (1 - Math.Pow(0.9, 10)) * (4 - second);
        Assert.Equal([third, -third, 0], average.Weights!["w"].Select(one => (double)one), (a, b) => Math.Abs(a - b) < 1e-5);

        var writer = new SafeTensorsWriter();
        average.Save(writer);
        writer.Save(_folder["average.safetensors"]);
        using var file = SafeTensors.Open(_folder["average.safetensors"]);
        var again = new WeightAverage(0.9);
        again.Load(ParameterSet<float>.Load(file));
        Assert.Equal(average.Weights["w"], again.Weights!["w"]);
    }

    [Fact]
    public void Precise_statistics_are_those_of_the_first_convolution_over_all_batches()
    {
        var config = Config(1, new(), statistics: 3);
        using var opened = TrainingSlides.Open(config, _ => { }, CancellationToken.None);
        var data = opened.ListPatches(_ => { }, CancellationToken.None).Training;
        using var backend = new CpuBackend(2);
        using var step = new TrainingStep(backend, config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, 3);
        var weights = ParameterSet<float>.From(step.Program);
        using var statistics = new PreciseStatistics(backend, config, Normalisation.ImageNet, data);
        var precise = statistics.Of(weights, CancellationToken.None);

        // The same patches through the first convolution alone.
        var tape = new Tape();
        var image = tape.Input("image", new Shape(2, 64, 64, 3), ElementType.UInt8);
        var kernel = tape.Parameter("conv", new Shape(2, 7, 7, 3));
        var features = tape.Keep(tape.Conv2d(tape.NormalisePixels(image, Normalisation.ImageNet.Mean, Normalisation.ImageNet.Deviation), kernel,
            ConvWindow.Square(7, stride: 2, padding: 3)));
        using var program = backend.Compile<float>(tape);
        program.Write(kernel, weights["backbone.conv1.weight"]);
        var sampler = new PatchSampler(data, ~(ulong)(uint)config.Seed, config.Data.PositiveShare);
        var loader = new PatchLoader(data, new() { Flips = false, StainJitter = 0, ScaleMin = 1, ScaleMax = 1, BlurProbability = 0 });
        var batch = new PatchBatch(2, 64, loader.RowLength);
        var (means, squares) = (new double[2], new double[2]);
        for (var i = 0; i < 3; i++)
        {
            batch.Fill(i, sampler, loader, CancellationToken.None);
            program.Write(image, batch.Rgb);
            program.Run();
            var values = program.Read(features);
            for (var c = 0; c < 2; c++)
            {
                var own = values.Where((_, at) => at % 2 == c).Select(one => (double)one).ToList();
                var mean = own.Average();
                means[c] += mean / 3;
                squares[c] += (own.Sum(one => Math.Pow(one - mean, 2)) / (own.Count - 1) + mean * mean) / 3;
            }
        }
        for (var c = 0; c < 2; c++)
        {
            Assert.Equal(means[c], precise["backbone.bn1.running_mean"][c], 1e-5);
            Assert.Equal(squares[c] - means[c] * means[c], precise["backbone.bn1.running_var"][c], 1e-4 * squares[c]);
        }
        Assert.Equal(weights["head.weight"], precise["head.weight"]);
        // A second time from the result: nothing of what was there before is left in it.
        Assert.Equal(precise["gpp.up.0.1.running_var"], statistics.Of(precise, CancellationToken.None)["gpp.up.0.1.running_var"]);
    }

    [Fact]
    public void The_memory_of_the_statistics_counts_in_the_largest_batch()
    {
        var without = Config(1, new());
        long Bytes(Tape tape) => MemoryPlan.For(tape, sizeof(float)).ArenaBytes;
        var bytes = Bytes(PatchSegmenter.Record(without.CreateNetwork(), 64, without.Inference.BatchSize, Normalisation.ImageNet).Rewritten().Tape)
            + Bytes(TrainingStep.Record(without with { Training = without.Training with { BatchSize = 9 } }, Normalisation.ImageNet).Tape);
        Assert.Equal(9, NetworkPlan.LargestTrainingBatch(without, bytes, Bytes));
        Assert.InRange(NetworkPlan.LargestTrainingBatch(Config(1, new(), statistics: 3), bytes, Bytes), 4, 8);
    }

    private sealed class Stopper(CancellationTokenSource stop, int at) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Iteration >= at)
                stop.Cancel();
        }
    }
}
