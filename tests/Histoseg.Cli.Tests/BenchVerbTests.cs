using System.Text.Json;
using System.Text.Json.Nodes;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests;

public sealed class BenchVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string[] _bench;

    public BenchVerbTests()
    {
        File.WriteAllText(_folder["train.yaml"], """
            network: { name: unet, width: 4 }
            data: { manifest: none.csv, mpp: 1, patch_size: 32, classes: [background, tumour] }
            training: { batch_size: 2, device: cpu }
            inference: { batch_size: 2, overlap: 0 }
            """);
        _bench = ["bench", "-c", _folder["train.yaml"], "--runs", "1"];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_measured_is_told_kept_and_compared_with()
    {
        var file = _folder["bench.json"];
        var (code, output, error) = ApplicationTests.Run([.. _bench, "--top", "3", "--json", file]);
        Assert.True(code == ExitCode.Success, error);
        Assert.Contains("agree with float64", output);
        Assert.Contains("inference: furthest above the floor", output);
        using (var json = JsonDocument.Parse(File.ReadAllBytes(file)))
        {
            var root = json.RootElement;
            Assert.True(root.GetProperty("checks").GetProperty("cases").GetInt32() > 100);
            var step = root.GetProperty("training");
            Assert.Contains(step.GetProperty("operations").EnumerateArray(), one => one.GetProperty("operation").GetString() == "conv2d_weight_gradient");
            foreach (var pass in new[] { step, root.GetProperty("inference") })
            {
                Assert.True(pass.GetProperty("seconds").GetDouble() >= pass.GetProperty("floor_seconds").GetDouble());
                Assert.Equal(2, pass.GetProperty("patches").GetInt32());
            }
            // 128 pixels a side at overlap 0 are 16 patches, of which some may be white.
            Assert.InRange(root.GetProperty("slide").GetProperty("patches").GetInt32(), 1, 16);
        }

        // Whatever was twice as slow then is said to be faster now.
        var slower = JsonNode.Parse(File.ReadAllBytes(file))!;
        slower["inference"]!["seconds"] = 1000;
        File.WriteAllText(file, slower.ToJsonString());
        (code, output, error) = ApplicationTests.Run([.. _bench, "--top", "2", "--against", file]);
        Assert.True(code == ExitCode.Success, error);
        var lines = output.Split('\n').SkipWhile(line => !line.StartsWith("against", StringComparison.Ordinal)).ToList();
        Assert.Contains("1000000.00", lines.Single(line => line.StartsWith("inference pass", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.StartsWith("training: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_before_anything_is_measured()
    {
        Assert.Contains("at least 1", ApplicationTests.Run([.. _bench[..3], "--runs", "0"]).Error);
        File.WriteAllText(_folder["no.json"], "{}");
        var (code, output, error) = ApplicationTests.Run([.. _bench, "--against", _folder["no.json"]]);
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Empty(output);
        Assert.Contains("measure it anew", error);
        Assert.DoesNotContain("Exception", error);
    }
}
