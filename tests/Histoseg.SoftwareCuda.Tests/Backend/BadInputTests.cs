using Histoseg.Cuda;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Devices;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>What goes wrong with GPUs: each time one line that names the thing and the remedy.</summary>
public class BadInputTests
{
    private static readonly TrainConfig Config = new()
    {
        Network = new() { Width = 4, GicnChannels = 8 },
        Data = new() { PatchSize = 64 },
        Training = new() { BatchSize = 16 },
    };

    private static DeviceOpener Opener(ICudaDriver? driver) => new(
        () => driver is null ? Availability<ICudaDriver>.Absent("no driver here") : Availability<ICudaDriver>.Present(driver, "software", "12.4"),
        () => Availability<ICudnn>.Absent("none"), () => Availability<ICublasLt>.Absent("none"));

    [Fact]
    public void Without_a_driver_auto_is_the_cpu_and_says_so()
    {
        var notes = new List<string>();
        using var backend = Opener(null).Open("auto", Precision.Bf16, 1, notes.Add);
        Assert.IsType<CpuBackend>(backend);
        Assert.Equal("no GPU serves here; computing on the CPU", Assert.Single(notes));
    }

    [Fact]
    public void Without_a_driver_cuda_is_an_error()
    {
        var error = Assert.Throws<EngineError>(() => Opener(null).Open("cuda", Precision.Bf16, 1));
        Assert.Equal("device cuda: no driver here; or use cpu", error.Message);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void An_unknown_device_is_an_error_that_names_the_known(string device)
    {
        using var driver = new SoftwareCudaDriver();
        var error = Assert.Throws<ConfigError>(() => Opener(driver).Open(device, Precision.Bf16, 1));
        Assert.Contains("cuda:1 (the second GPU)", error.Message);
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_an_error_that_names_those_that_are()
    {
        using var driver = new SoftwareCudaDriver();
        var error = Assert.Throws<EngineError>(() => Opener(driver).Open("cuda:1", Precision.Bf16, 1));
        Assert.Contains("no GPU cuda:1; cuda:0 is the only one", error.Message);
    }

    [Fact]
    public void An_old_gpu_is_an_error_and_auto_falls_back()
    {
        using var driver = new SoftwareCudaDriver(new() { ComputeCapability = 75 });
        Assert.Contains("7.5; the kernels need 8.0", Assert.Throws<EngineError>(() => Opener(driver).Open("cuda", Precision.Bf16, 1)).Message);
        var notes = new List<string>();
        using var backend = Opener(driver).Open("auto", Precision.Bf16, 1, notes.Add);
        Assert.IsType<CpuBackend>(backend);
        Assert.Contains("cuda:0 does not serve: ", notes[0]);
        Assert.Contains("7.5", notes[0]);
        Assert.Equal(2, notes.Count);
    }

    [Fact]
    public void A_driver_too_old_for_the_ptx_names_the_one_needed()
    {
        using var driver = new SoftwareCudaDriver(new() { PtxVersion = 70, ThrowOnFault = false });
        using var backend = Opener(driver).Open("cuda", Precision.Bf16, 1);
        var error = Assert.Throws<CudaException>(() => new TrainingStep(backend, Config, Normalisation.ImageNet));
        Assert.Contains("the driver is too old; install a driver for CUDA 12.0 or later", error.Message);
    }

    [Fact]
    public void A_step_that_does_not_fit_names_the_largest_batch_that_does()
    {
        var needed = NetworkBytes(6);
        using var driver = new SoftwareCudaDriver(new() { MemoryBytes = (needed * 8 / 7) + (needed / 20) });
        using var backend = Opener(driver).Open("cuda", Precision.Bf16, 1);
        var error = Assert.Throws<EngineError>(() => new TrainingStep(backend, Config, Normalisation.ImageNet));
        Assert.Contains("the largest training.batch_size that fits is 6", error.Message);
    }

    [Fact]
    public void Memory_that_runs_out_on_the_way_is_told_and_given_back()
    {
        using var driver = new SoftwareCudaDriver(new() { ThrowOnFault = false });
        using (var backend = Opener(driver).Open("cuda", Precision.Bf16, 1))
        {
            driver.FailNext("MemAlloc", CudaStatus.OutOfMemory, after: 5);
            Assert.Contains("the driver gives no more memory although",
                Assert.Throws<EngineError>(() => new TrainingStep(backend, Config, Normalisation.ImageNet)).Message);
        }
        Assert.Empty(driver.Leaks());
    }

    private static long NetworkBytes(int batch) =>
        Histoseg.Training.Planning.NetworkPlan.ForTraining(Config with { Training = Config.Training with { BatchSize = batch } }).GpuBytes;
}
