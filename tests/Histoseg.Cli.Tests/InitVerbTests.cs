using Histoseg.Cli.Terminal;
using Histoseg.Training.Config;

namespace Histoseg.Cli.Tests;

/// <summary>A config made of slides, used as it is.</summary>
public sealed class InitVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public InitVerbTests() => Do(ExitCode.Success, "synth", "-o", _folder["slides"], "--train", "2", "--width", "512", "--height", "512");

    public void Dispose() => _folder.Dispose();

    private static (int Code, string Output, string Error) Do(int expected, params string[] args)
    {
        var result = ApplicationTests.Run(args);
        Assert.True(result.Code == expected, $"{string.Join(' ', args)}: {result.Code}\n{result.Output}\n{result.Error}");
        return result;
    }

    [Fact]
    public void A_config_is_made_that_checks_and_trains_as_it_is()
    {
        var init = Do(ExitCode.Success, "init", "-i", _folder["slides"], "-o", _folder["train.yaml"], "--minutes", "10", "--yes");
        Assert.Contains("drawn by", init.Output);
        Assert.Contains("classes    background, tumor", init.Output);
        var config = ConfigFile.Load<TrainConfig>(_folder["train.yaml"]);
        Assert.Equal(["background", "tumor"], config.Data.Classes);
        Assert.Equal(_folder["train.csv"], config.Data.Manifest);
        Assert.Equal("imagenet", config.Network.Pretrained);

        Assert.Contains("all 4 slides can be used", Do(ExitCode.Success, "check", "-c", _folder["train.yaml"]).Output);
        Do(ExitCode.Success, "train", "-c", _folder["train.yaml"], "-o", _folder["run"], "--set", "training.iterations=1", "--set", "training.validate_every=0",
            "--set", "training.batch_size=2", "--set", "data.patch_size=32", "--set", "inference.batch_size=1");
        Assert.True(File.Exists(_folder["run/model/model.json"]));

        var again = Do(ExitCode.BadUsage, "init", "-i", _folder["slides"], "-o", _folder["train.yaml"]);
        Assert.Contains("train.yaml is there already", again.Error);
    }

    [Fact]
    public void The_template_is_the_projects_config() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "configs", "train.yaml")), Do(ExitCode.Success, "init", "--template").Output);

    [Fact]
    public void Nothing_usable_is_told_with_all_reasons()
    {
        Directory.CreateDirectory(_folder["broken"]);
        foreach (var name in new[] { "a", "b" })
        {
            File.WriteAllText(_folder[$"broken/{name}.tif"], "no slide");
            File.WriteAllText(_folder[$"broken/{name}.xml"], "<ASAP_Annotations/>");
        }
        var (_, _, error) = Do(ExitCode.Failed, "init", "-i", _folder["broken"], "-o", _folder["x.yaml"]);
        Assert.Contains("all 2 slides cannot be used", error);
        Assert.Contains("a.tif", error);
        Assert.Contains("b.tif", error);
        Assert.False(File.Exists(_folder["x.yaml"]));
        Assert.Contains("-i is missing", Do(ExitCode.BadUsage, "init").Error);
        Assert.Contains("no such file or folder", Do(ExitCode.Failed, "init", "-i", _folder["nowhere"], "-o", _folder["x.yaml"]).Error);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_demo_goes_through_all_verbs()
    {
        var demo = Do(ExitCode.Success, "demo", "-o", _folder["demo"], "--minutes", "0.02");
        Assert.Contains("engine eval", demo.Output);
        Assert.True(File.Exists(_folder["demo/report.html"]));
        Assert.True(File.Exists(_folder["demo/predictions/evaluation.csv"]));
        Assert.Contains("is there already", Do(ExitCode.BadUsage, "demo", "-o", _folder["demo"]).Error);
    }
}
