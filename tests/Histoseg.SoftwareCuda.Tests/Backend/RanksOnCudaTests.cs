using Histoseg.Cuda;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Devices;
using Histoseg.Engine.Ranks;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Synthesis;
using Histoseg.SoftwareCuda.Libraries;
using Histoseg.Training;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>Updates by several ranks with a GPU each, here software devices and a stand-in for NCCL.</summary>
public class RanksOnCudaTests
{
    private const int Updates = 3;

    private static TrainConfig Config(int batch, bool sync = true) => new()
    {
        Network = new() { Name = "resnet18-gicn-gpp", Width = 2, K = 3, GicnChannels = 4 },
        Data = new() { PatchSize = 32, Classes = ["background", "benign", "malignant"] },
        Training = new() { BatchSize = batch, SyncBatchNorm = sync, Precision = Precision.Fp32 },
        Loss = new() { ClassWeights = [1, 2.5, 0.7] },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Are_those_of_ranks_on_the_processor(bool sync)
    {
        var config = Config(2, sync);
        var onGpus = ThreadRanks.Run(2, group => OnGpu(config, group));
        var onProcessors = ThreadRanks.Run(2, group =>
        {
            using var backend = new CpuBackend(threads: 1, ranks: group);
            using var program = backend.Compile(TrainingStep.Record(config, Normalisation.ImageNet, acrossRanks: true).Tape);
            return Train(config, program, group);
        });
        for (var rank = 0; rank < 2; rank++)
            foreach (var (name, numbers) in onProcessors[rank])
                Assert.All(numbers.Zip(onGpus[rank][name]), pair => Assert.Equal(pair.First, pair.Second, 2e-3 * Math.Max(1, Math.Abs(pair.First))));
        // The loss is that of both, and so are the weights.
        foreach (var (name, numbers) in onGpus[0].Where(one => sync || !one.Key.Contains("running", StringComparison.Ordinal)))
            Assert.Equal(numbers, onGpus[1][name]);
    }

    [Fact]
    public void A_run_ends_with_a_model_and_stops_with_a_checkpoint_when_another_rank_is_asked_to()
    {
        using var folder = new TempFolder();
        var manifest = SlideSynthesiser.WriteSet(folder["slides"], 1, 0, 0, 3, 384, 384, 1, _ => { });
        TrainConfig Config(int iterations) => new()
        {
            Network = new() { Width = 1, GicnChannels = 2, K = 3 },
            Data = new() { Manifest = manifest, Mpp = 2, PatchSize = 32, Stride = 32, Labels = [new() { Groups = ["tumor"], Class = "tumour" }] },
            Training = new() { Iterations = iterations, BatchSize = 2, LogEvery = 2, Device = "cuda", Precision = Precision.Fp32 },
        };
        bool? Train(RankGroup group, TrainConfig config, CancellationToken cancel, IProgress<TrainingProgress>? progress = null)
        {
            using var driver = new SoftwareCudaDriver();
            var nccl = new SoftwareNccl(driver);
            var devices = Opener(driver, Availability<INccl>.Present(nccl, "software", "2.20.0"));
            // Work that was given to a GPU is done while the processor waits for other ranks; here by the thread that waits, which signs of life are not.
            ((ThreadRanks)group).Waits = () => Assert.Equal(CudaStatus.Success, nccl.IsOpen ? driver.CtxSynchronize() : CudaStatus.Success);
            bool? followed = null;
            if (group.IsLeader)
                TrainingRun.Start(config, folder["run"], resume: true, progress, devices, ranks: group, cancel: cancel);
            else
                followed = TrainingRun.Follow(config, group, devices, cancel);
            Assert.Empty(driver.Faults);
            Assert.Empty(driver.Leaks());
            return followed;
        }
        using var stop = new CancellationTokenSource();
        var listener = new Listener(at =>
        {
            if (at.Iteration >= 4)
                stop.Cancel();
        });
        var stopped = ThreadRanks.Run(2, group => Record.Exception(() => Train(group, Config(100_000), group.IsLeader ? default : stop.Token, listener)),
            TimeSpan.FromMinutes(3));
        Assert.All(stopped, error => Assert.IsAssignableFrom<OperationCanceledException>(error));
        Assert.True(File.Exists(folder["run/last.ckpt"]));
        // With so few iterations that the run is over or nearly so.
        Assert.Equal([null, true], ThreadRanks.Run(2, group => Train(group, Config(8), default), TimeSpan.FromMinutes(3)));
        Assert.True(File.Exists(folder["run/model-last/model.safetensors"]));
    }

    private sealed class Listener(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }

    [Fact]
    public void Without_NCCL_there_is_a_reason()
    {
        var errors = ThreadRanks.Run(2, group =>
        {
            using var driver = new SoftwareCudaDriver();
            return Record.Exception(() => Opener(driver, Availability<INccl>.Absent("NCCL is not installed")).Open("cuda", Precision.Fp32, 1, ranks: group));
        });
        Assert.All(errors, error => Assert.Contains("by NCCL, and NCCL is not installed", error.Message));
    }

    private static DeviceOpener Opener(SoftwareCudaDriver driver, Availability<INccl> nccl) =>
        new(() => Availability<ICudaDriver>.Present(driver, "software", "12.4"), () => Availability<ICudnn>.Absent("none"),
            () => Availability<ICublasLt>.Absent("none"), nccl: () => nccl);

    private static Dictionary<string, float[]> OnGpu(TrainConfig config, RankGroup group)
    {
        using var driver = new SoftwareCudaDriver();
        var nccl = new SoftwareNccl(driver);
        Dictionary<string, float[]> trained;
        using (var backend = Opener(driver, Availability<INccl>.Present(nccl, "software", "2.20.0")).Open("cuda", Precision.Fp32, 1, ranks: group))
        using (var program = backend.Compile(TrainingStep.Record(config, Normalisation.ImageNet, acrossRanks: true).Tape))
        {
            program.JoinRanks();
            trained = Train(config, program, group);
            // Nobody leaves while another still waits for it.
            group.Sum(new float[1]);
        }
        Assert.Empty(driver.Faults);
        Assert.Empty(driver.Leaks());
        Assert.True(nccl.Calls > 0);
        return trained;
    }

    private static Dictionary<string, float[]> Train(TrainConfig config, Program<float> program, RankGroup group)
    {
        var tape = program.Tape;
        var (batch, pixels) = (config.Training.BatchSize, config.Data.PatchSize * config.Data.PatchSize);
        foreach (var value in tape.Values.Where(value => value.Kind is Engine.Autograd.ValueKind.Parameter or Engine.Autograd.ValueKind.State))
            program.Write(value, Start(value));
        var result = new Dictionary<string, float[]>();
        for (var update = 0; update < Updates; update++)
        {
            var random = new Random(100 * update + group.Rank);
            var rgb = new byte[batch * pixels * 3];
            random.NextBytes(rgb);
            byte[] labels = [.. Enumerable.Range(0, batch * pixels).Select(i => rgb[3 * i] < 60 * group.Rank ? (byte)255 : (byte)(rgb[3 * i + 1] % 3))];
            var length = AugmentationRow.Length(config.Augmentation.ToSettings());
            var rows = new float[batch * length];
            for (var i = 0; i < batch; i++)
                AugmentationRow.Write(Augmentation.None, rows.AsSpan(i * length, length));
            program.Write(tape["image"], rgb);
            program.Write(tape["target"], labels);
            program.Write(tape["augmentation"], rows);
            program.Write(tape["learning_rate"], [0.02f]);
            program.Run();
            foreach (var value in tape.Values.Where(value => value.Kept))
                result[$"{value.Name} {update}"] = program.Read(value);
        }
        foreach (var value in tape.Values.Where(value => value.Kind is Engine.Autograd.ValueKind.Parameter or Engine.Autograd.ValueKind.State))
            result[value.Name] = program.Read(value);
        return result;
    }

    private static float[] Start(Engine.Autograd.Value value)
    {
        var random = new Random(value.Name.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
        var isNorm = value.Rank == 1 && value.Name.EndsWith(".weight", StringComparison.Ordinal);
        var isScale = isNorm || value.Name.EndsWith("running_var", StringComparison.Ordinal);
        var spread = Math.Sqrt(2.0 / Math.Max(1, value.Shape.Count / Math.Max(1, value.Shape.N)));
        return [.. Enumerable.Range(0, (int)value.Shape.Count).Select(_ => (float)(value.Name.EndsWith(".velocity", StringComparison.Ordinal) ? 0
            : isScale ? 0.5 + random.NextDouble() : spread * (2 * random.NextDouble() - 1)))];
    }
}
