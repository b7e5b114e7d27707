using Histoseg.Cli;
using Histoseg.Cuda;
using Histoseg.Engine.Devices;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>The program itself with <c>--device cuda</c> on the software device: trains, segments, and loses nothing when the GPU fails.</summary>
public sealed class EngineOnCudaTests : IDisposable
{
    private const string Config = """
        network: {width: 1, gicn_channels: 2, k: 3}
        data:
          manifest: slides/manifest.csv
          mpp: 2.0
          patch_size: 32
          stride: 32
          labels: [{groups: [tumor], class: tumour}, {groups: [exclusion], class: background}]
        training: {iterations: 6, batch_size: 2, log_every: 2, checkpoint_every: 2, validate_every: 20, device: cuda, precision: fp32}
        optimiser: {learning_rate: 0.01}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("engine-on-cuda").FullName;

    public EngineOnCudaTests()
    {
        Assert.Equal(0, Run(null, "synth", "-o", At("slides"), "--train", "1", "--width", "384", "--height", "384").Code);
        File.WriteAllText(At("train.yaml"), Config);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static (int Code, string Error) Run(SoftwareCudaDriver? driver, params string[] args) => Run(driver, TextWriter.Null, args);

    private static (int Code, string Error) Run(SoftwareCudaDriver? driver, TextWriter output, params string[] args)
    {
        using var error = new StringWriter();
        var devices = new DeviceOpener(
            () => driver is null ? Availability<ICudaDriver>.Absent("no driver here") : Availability<ICudaDriver>.Present(driver, "software", "12.4"),
            () => Availability<ICudnn>.Absent("none"), () => Availability<ICublasLt>.Absent("none"));
        var code = Application.Run(args, output, error, CancellationToken.None, devices);
        return (code, error.ToString());
    }

    [Fact]
    public void Trains_and_segments_as_the_cpu_does()
    {
        using (var driver = new SoftwareCudaDriver())
        {
            var (code, error) = Run(driver, "train", "-c", At("train.yaml"), "-o", At("run"));
            Assert.True(code == 0, error);
            Assert.Contains("cuDNN does not serve (none); the engine's own convolutions do", error);
            (code, error) = Run(driver, "infer", "-i", At("slides/synth_001.tif"), "-m", At("run/model"), "-o", At("gpu"),
                "--device", "cuda", "--precision", "fp32", "--output", "mask,heatmap");
            Assert.True(code == 0, error);
            Assert.Empty(driver.Leaks());
            Assert.Empty(driver.Faults);
        }
        Assert.Equal(0, Run(null, "infer", "-i", At("slides/synth_001.tif"), "-m", At("run/model"), "-o", At("cpu"),
            "--device", "cpu", "--output", "mask,heatmap").Code);
        foreach (var kind in new[] { "segmentations", "heatmaps" })
        {
            var (cpu, gpu) = (Pixels(At($"cpu/{kind}/synth_001.tif")), Pixels(At($"gpu/{kind}/synth_001.tif")));
            // The last bit of a probability can fall either way, for a label only where two classes are as likely.
            Assert.InRange(cpu.Zip(gpu, (c, g) => kind == "heatmaps" ? Math.Abs(c - g) <= 1 : c == g).Count(same => !same), 0, cpu.Length / 1000);
        }
    }

    [Fact]
    public void Profile_tells_the_time_of_each_operation_by_the_gpus_own_events()
    {
        using var output = new StringWriter();
        using var driver = new SoftwareCudaDriver();
        var (code, error) = Run(driver, output, "profile", "-c", At("train.yaml"), "--runs", "1", "--top", "0", "--inference", "--trace", At("trace.json"));
        Assert.True(code == 0, error);
        Assert.Contains("times by the GPU's own events", output.ToString());
        var lines = output.ToString().Split('\n').TakeWhile(line => line.Trim().Length > 0).Skip(1).ToList();
        Assert.True(lines.Count > 50);
        Assert.All(lines, line => Assert.InRange(double.Parse(line[92..103], System.Globalization.CultureInfo.InvariantCulture), 0, 1e6));
        Assert.Contains(lines, line => double.Parse(line[92..103], System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Empty(driver.Leaks());
        Assert.Empty(driver.Faults);
    }

    [Fact]
    public void A_model_in_8_bits_runs_with_its_weights_as_real_numbers()
    {
        Assert.Equal(0, Run(null, "train", "-c", At("train.yaml"), "-o", At("run"), "--device", "cpu", "--set", "training.iterations=1").Code);
        var (code, error) = Run(null, "quantize", "-m", At("run/model"), "-o", At("q"), "-i", At("slides"), "--patches", "2", "--accept-loss", "100");
        Assert.True(code == 0, error);
        using var driver = new SoftwareCudaDriver();
        (code, error) = Run(driver, "infer", "-i", At("slides/synth_001.tif"), "-m", At("q"), "-o", At("out"), "--device", "cuda", "--output", "mask");
        Assert.True(code == 0, error);
        Assert.True(File.Exists(At("out/segmentations/synth_001.tif")));
        Assert.Empty(driver.Faults);
    }

    [Fact]
    public void A_gpu_that_fails_in_mid_run_names_the_last_checkpoint_and_the_run_goes_on_from_it()
    {
        using (var driver = new SoftwareCudaDriver(new() { ThrowOnFault = false }))
        {
            driver.FailNext(nameof(ICudaDriver.GraphLaunch), CudaStatus.IllegalAddress, after: 3);
            var (code, error) = Run(driver, "train", "-c", At("train.yaml"), "-o", At("run"));
            Assert.Equal(1, code);
            Assert.Contains("IllegalAddress", error);
            Assert.Contains($"the last checkpoint is {At("run/last.ckpt")}: go on from it (--resume)", error);
            Assert.DoesNotContain("   at ", error);
        }
        using var whole = new SoftwareCudaDriver();
        var (resumed, message) = Run(whole, "train", "-c", At("train.yaml"), "-o", At("run"), "--resume");
        Assert.True(resumed == 0, message);
        Assert.Contains("going on from iteration ", message);
    }

    [Fact]
    public void A_gpu_that_fails_in_a_batch_ends_it_and_keeps_what_is_done()
    {
        // Whatever model.
        Assert.Equal(0, Run(null, "train", "-c", At("train.yaml"), "-o", At("run"), "--device", "cpu", "--set", "training.iterations=1").Code);
        using var failing = new SoftwareCudaDriver(new() { ThrowOnFault = false });
        failing.FailNext(nameof(ICudaDriver.EventSynchronize), CudaStatus.LaunchFailed, after: 2);
        var (code, error) = Run(failing, "infer", "-i", At("slides/synth_001.tif"), "-m", At("run/model"), "-o", At("out"), "--device", "cuda");
        Assert.Equal(1, code);
        Assert.Contains("LaunchFailed", error);
        Assert.Contains("the same command goes on with the slides that are left", error);
        Assert.Empty(Directory.GetFiles(At("out"), "*.tif", SearchOption.AllDirectories));
    }

    private static byte[] Pixels(string path)
    {
        using var slide = Slides.Opening.SlideFile.Open(path);
        var (width, height) = ((int)slide.Levels[0].Width, (int)slide.Levels[0].Height);
        var rgb = new byte[width * height * 3];
        Assert.True(slide.ReadRegion(0, 0, 0, width, height, rgb));
        return rgb;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
