using System.Text.Json;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;

namespace Histoseg.Cli.Tests;

/// <summary>A CRF on the command line: appended to a model's network, and trained as its last layer.</summary>
public sealed class CrfTests(Workshop workshop) : IClassFixture<Workshop>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private EngineResult Infer(string model, params string[] more) =>
        Workshop.Run(["infer", "-i", workshop["slides/synth_000.tif"], "-m", model, "-o", _folder["out"], "--output", "mask", "--threads", "1",
            .. more]).Expect(ExitCode.Success);

    [Fact]
    public void Infer_crf_segments_again_and_is_recorded()
    {
        Assert.StartsWith("done", Infer(workshop["run/model"]).Output);
        Assert.StartsWith("skipped", Infer(workshop["run/model"]).Output);
        Assert.StartsWith("done", Infer(workshop["run/model"], "--crf").Output);
        Assert.StartsWith("skipped", Infer(workshop["run/model"], "--crf").Output);
        Assert.Equal([false, false, true, true], Directory.GetFiles(_folder["out"], "run_metadata_*.json")
            .Select(path => JsonDocument.Parse(File.ReadAllText(path)).RootElement)
            .OrderBy(run => run.GetProperty("finished").GetDateTime()).Select(run => run.GetProperty("settings").GetProperty("crf").GetBoolean()));
    }

    [Fact]
    public void A_model_trained_with_the_layer_segments_and_takes_no_second_one()
    {
        string[] train = ["train", "-c", workshop.ConfigPath, "-o", _folder["run"], "--set", "network.crf.iterations=1"];
        Workshop.Run(train).Expect(ExitCode.Success);
        Assert.Contains("crf", File.ReadAllText(_folder["run/model/model.json"]));
        Workshop.Run([.. train, "--resume", "--set", "training.iterations=3"]).Expect(ExitCode.Success);
        Workshop.Run([.. train[..^2], "--resume"]).Expect(ExitCode.Failed).ExpectOneClearLine("another network");
        Workshop.Run("plan", "-c", workshop.ConfigPath, "--operations", "--set", "network.crf.iterations=1").Expect(ExitCode.Success);
        Infer(_folder["run/model"]);
        Workshop.Run("infer", "-i", workshop["slides"], "-m", _folder["run/model"], "-o", _folder["out"], "--crf").Expect(ExitCode.BadUsage)
            .ExpectOneClearLine("--crf", "already");
    }
}
