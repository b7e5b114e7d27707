using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>Whole training steps and inference passes of the slim network on the software device against the CPU backend.</summary>
[Collection(ChosenConvolutionsGroup.Name)]
public class SlimNetworkOnCudaTests(ChosenConvolutions chosen)
{
    private const int Patch = 64;

    private static readonly TrainConfig Config = new()
    {
        Network = new() { Width = 4, GicnChannels = 8 },
        Data = new() { PatchSize = Patch },
        Training = new() { BatchSize = 2 },
        Optimiser = new() { LearningRate = 0.01 },
    };

    private static PatchBatch Batch(int seed)
    {
        var batch = new PatchBatch(2, Patch, AugmentationRow.Length(Config.Augmentation.ToSettings()));
        var random = new Random(seed);
        random.NextBytes(batch.Rgb);
        for (var i = 0; i < batch.Labels.Length; i++)
            batch.Labels[i] = (byte)(batch.Rgb[3 * i] > 230 ? 255 : batch.Rgb[3 * i] > 128 ? 1 : 0);
        return batch;
    }

    private static (StepResult[] Steps, ParameterSet<float> Weights) Train(Engine.Backends.Backend backend, int steps)
    {
        using var step = new TrainingStep(backend, Config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, seed: 5);
        var results = new List<StepResult>();
        for (var i = 0; i < steps; i++)
        {
            step.Run(Batch(i), rate: 0.001, []);
            if (step.IsFull)
                results.AddRange(step.Collect([], toSave: false));
        }
        results.AddRange(step.Collect([], toSave: true));
        return ([.. results], ParameterSet<float>.From(step.Program, ParameterSet<float>.IsPersistent));
    }

    [Theory]
    [InlineData(Precision.Fp32, false)]
    [InlineData(Precision.Bf16, false)]
    [InlineData(Precision.Bf16, true)]
    public void Training_agrees_with_the_cpu(Precision precision, bool withLibraries)
    {
        using var cpu = new CpuBackend();
        var (expected, expectedWeights) = Train(cpu, steps: 3);
        using var gpu = new SoftwareGpu(precision, withLibraries ? chosen : null);
        var (actual, weights) = Train(gpu.Backend, steps: 3);
        // The first loss is one forward pass. Then rounding moves activations across a ReLU's kink, each of which changes the gradients below it by a
        // finite amount, and batch norm over the two values of the coarsest pooling blows up what is left: later losses and weights agree only in
        // the large. TrainingStepNodeByNodeTests holds every node to its own tolerance.
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i].Loss.Total, actual[i].Loss.Total, (precision == Precision.Fp32 ? i == 0 ? 1e-5 : 1e-2 : 0.02) * expected[i].Loss.Total);
        foreach (var name in precision == Precision.Fp32 ? expectedWeights.Names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)) : [])
            Assert.True(Distance(expectedWeights[name], weights[name]) < 0.02,
                $"{name} is off by {Distance(expectedWeights[name], weights[name])} of its length");
    }

    /// <summary>Rounding in fifty layers: for tf32 and bfloat16 fifty units of the last place.</summary>
    [Theory]
    [InlineData(Precision.Fp32, false, 1e-4)]
    [InlineData(Precision.Tf32, false, 50.0 / 2048)]
    [InlineData(Precision.Bf16, false, 50.0 / 512)]
    [InlineData(Precision.Bf16, true, 50.0 / 512)]
    public void Inference_agrees_with_the_cpu(Precision precision, bool withLibraries, double tolerance)
    {
        using var cpu = new CpuBackend();
        var (_, weights) = Train(cpu, steps: 2);
        var rgb = Batch(9).Rgb;
        float[] Segment(Engine.Backends.Backend backend, int times)
        {
            using var segmenter = new PatchSegmenter(backend, Config.CreateNetwork(), Patch, 2, Normalisation.ImageNet);
            segmenter.Load(weights, "test");
            var probabilities = new float[2 * Patch * Patch * 2];
            for (var i = 0; i < times; i++)
                segmenter.Segment(rgb, 2, probabilities);
            return probabilities;
        }
        var expected = Segment(cpu, times: 1);
        using var gpu = new SoftwareGpu(precision, withLibraries ? chosen : null);
        // The second and third run replay the captured graph.
        var actual = Segment(gpu.Backend, times: 3);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
        Assert.InRange(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Average(), 0, tolerance / 10);
        Assert.Equal(Segment(gpu.Backend, times: 1), actual);
    }

    private static double Distance(float[] expected, float[] actual)
    {
        var (difference, length) = (0.0, 1e-12);
        for (var i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - actual[i], 2);
            length += Math.Pow(expected[i], 2);
        }
        return Math.Sqrt(difference / length);
    }
}
