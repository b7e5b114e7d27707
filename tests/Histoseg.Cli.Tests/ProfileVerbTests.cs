using System.Text.Json;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests;

public sealed class ProfileVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string[] _profile;

    public ProfileVerbTests()
    {
        File.WriteAllText(_folder["train.yaml"], """
            network: { name: unet, width: 8 }
            data: { manifest: none.csv, mpp: 1, patch_size: 32, classes: [background, tumour] }
            training: { batch_size: 2, device: cpu }
            inference: { batch_size: 1 }
            """);
        _profile = ["profile", "-c", _folder["train.yaml"], "--runs", "1"];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_training_step_is_told_by_operation_and_as_a_trace()
    {
        var (code, output, error) = ApplicationTests.Run([.. _profile, "--top", "0", "--trace", _folder["trace.json"]]);
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("conv2d_weight_gradient", output);
        Assert.Contains("GFLOP/s of multiply-adds", output);
        using var trace = JsonDocument.Parse(File.ReadAllText(_folder["trace.json"]));
        var events = trace.RootElement.GetProperty("traceEvents").EnumerateArray().ToList();
        Assert.All(events, one => Assert.Equal("X", one.GetProperty("ph").GetString()));
        double[] starts = [.. events.Select(one => one.GetProperty("ts").GetDouble())];
        Assert.All(starts.Skip(1).Zip(starts.Zip(events, (start, one) => start + one.GetProperty("dur").GetDouble())),
            pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        // All operations in order, each once, then the sums by kind.
        var lines = output.Split('\n').TakeWhile(line => line.Trim().Length > 0).Skip(1).ToList();
        Assert.Equal(events.Count, lines.Count);
        Assert.All(lines.Zip(events), pair => Assert.StartsWith(pair.Second.GetProperty("cat").GetString()!, pair.First));
    }

    [Fact]
    public void An_inference_pass_has_no_gradients_and_the_slowest_come_first()
    {
        var (code, output, error) = ApplicationTests.Run([.. _profile, "--inference", "--top", "3"]);
        Assert.True(code == ExitCode.Success, error);
        Assert.DoesNotContain("gradient", output);
        double[] times = [.. output.Split('\n').Skip(1).Take(3).Select(line => double.Parse(line[92..103], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(times.OrderDescending(), times);
    }

    [Fact]
    public void What_cannot_be_timed_is_refused_in_a_line()
    {
        Assert.Contains("at least 1", ApplicationTests.Run([.. _profile[..3], "--runs", "0"]).Error);
        Assert.Equal(ExitCode.BadUsage, ApplicationTests.Run([.. _profile[..3], "--runs", "0"]).Code);
        Assert.Contains("use a smaller batch", ApplicationTests.Run([.. _profile, "--set", "training.batch_size=1000", "--set", "data.patch_size=1024"]).Error);
    }
}
