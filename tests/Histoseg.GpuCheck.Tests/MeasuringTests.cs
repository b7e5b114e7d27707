using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;
using Histoseg.SoftwareCuda;

namespace Histoseg.GpuCheck.Tests;

/// <summary>What is measured on a GPU, tried on the software device: that it runs, checks what it times and frees what it took.</summary>
public class MeasuringTests
{
    private static readonly Network Tiny = Network.Create(new() { Width = 4, K = 3, GicnChannels = 8 }, classes: 2);

    [Fact, Trait("Category", "Slow")]
    public void Inference_and_training_are_checked_and_timed()
    {
        using var driver = new SoftwareCudaDriver();
        using (var exact = new CudaBackend(CudaDevice.Open(driver), Precision.Fp32))
        using (var backend = new CudaBackend(CudaDevice.Open(driver)))
        {
            var bench = new NetworkBench(Tiny, side: 32, seconds: 0);
            var reference = bench.Logits(exact);
            Assert.Equal(32 * 32 * 2, reference.Length);
            var inference = bench.Inference(backend, 2, reference);
            Assert.Null(inference.Fault);
            Assert.True(inference is { Timing.Median: > 0, Flops: > 0, PlannedBytes: > 0 } && inference.DeviceBytes >= inference.PlannedBytes);
            Assert.StartsWith("logits are ", bench.Inference(backend, 1, [.. reference.Select(v => v + 1)]).Fault);
            var training = bench.Training(backend, 2);
            Assert.Null(training.Fault);
            Assert.True(training.Flops > 2 * inference.Flops);
        }
        Assert.Empty(driver.Leaks());
    }

    [Fact, Trait("Category", "Slow")]
    public void Only_the_pass_itself_is_watched()
    {
        using var driver = new SoftwareCudaDriver();
        var (launched, watched, passes) = (0, 0, 0);
        driver.Launching += (_, _, _, _, _) => launched++;
        using (var backend = new CudaBackend(CudaDevice.Open(driver)))
            new NetworkBench(Tiny, side: 32, seconds: 0).Once(backend, training: true, batch: 2, pass =>
            {
                var before = launched;
                pass();
                (watched, passes) = (launched - before, passes + 1);
            });
        Assert.Equal(1, passes);
        Assert.InRange(watched, 50, launched - 1);
    }

    [Fact, Trait("Category", "Slow")]
    public void The_fused_convolutions_agree_with_two()
    {
        using var driver = new SoftwareCudaDriver();
        using var backend = new CudaBackend(CudaDevice.Open(driver));
        var bench = new GicnBench(seconds: 0);
        foreach (var backward in new[] { false, true })
        {
            var map = new Shape(1, 8, 8, 16);
            var (fused, separate) = (bench.Measure(backend, map, fused: true, backward), bench.Measure(backend, map, fused: false, backward));
            Assert.Null(GicnBench.Compare(fused.Output, separate.Output));
            Assert.NotNull(GicnBench.Compare(fused.Output, [.. separate.Output.Select(v => 1.1f * v)]));
        }
    }
}
