using System.Diagnostics;
using System.Text.Json;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;
using Xunit.Abstractions;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>Four processes on one folder of 200 small slides, two of which are killed at random moments.</summary>
[Collection(RobustnessTests.Name)]
[Trait("Category", "Torture")]
public sealed class KilledProcessesCampaign(Workshop workshop, ITestOutputHelper output) : IDisposable
{
    private const int Slides = 200;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_others_do_every_slide_once_and_whole()
    {
        Directory.CreateDirectory(_folder["slides"]);
        for (var i = 0; i < Slides; i++)
            File.Copy(workshop["slides/synth_000.tif"], _folder[$"slides/s{i:000}.tif"]);
        string[] infer = ["infer", "-i", _folder["slides"], "-m", workshop["run/model"], "--threads", "1", "-o"];
        EngineProcess.Run(["infer", "-i", _folder["slides/s000.tif"], "-m", workshop["run/model"], "-o", _folder["whole"]]).Expect(ExitCode.Success);
        var random = new Random();
        var clock = Stopwatch.StartNew();
        var programs = Enumerable.Range(0, 4).Select(_ => EngineProcess.Start([.. infer, _folder["out"]])).ToList();
        try
        {
            foreach (var (program, share) in programs.Zip([0.1 + 0.3 * random.NextDouble(), 0.4 + 0.3 * random.NextDouble()]))
            {
                program.Await(() => Done() >= share * Slides);
                output.WriteLine($"killed with {Done()} of {Slides} done, {clock.Elapsed.TotalSeconds:0.0} s after the start");
                program.KillAll();
                program.Wait().Expect(EngineProcess.Killed);
            }
            var (seen, still) = (Done(), Stopwatch.StartNew());
            while (programs[2..].Any(program => !program.HasEnded))
            {
                Thread.Sleep(50);
                if (Done() is var now && now > seen)
                    still.Restart();
                seen = now;
                Assert.True(still.Elapsed < TimeSpan.FromMinutes(3), $"nothing comes any more; {seen} are done");
            }
            var lines = programs[2..].SelectMany(program => program.Wait().Expect(ExitCode.Success).Output.Split('\n')).ToList();
            output.WriteLine($"at the end after {clock.Elapsed.TotalSeconds:0.0} s; the two that lived did {lines.Count(line => line.StartsWith("done"))}");
        }
        finally
        {
            programs.ForEach(program => program.Dispose());
        }
        var status = JsonDocument.Parse(Workshop.Run("status", _folder["out"], "--json").Output).RootElement;
        Assert.Equal((Slides, Slides), (status.GetProperty("total").GetInt32(), status.GetProperty("done").GetInt32()));
        foreach (var (file, bytes) in Workshop.Contents(_folder["whole"]).Where(file => file.Key.Contains("s000.") && !file.Key.StartsWith(".done")))
        {
            var kind = Path.GetDirectoryName(file)!;
            Assert.Equal(Slides, Directory.GetFiles(_folder[$"out/{kind}"]).Length);
            Assert.All(Directory.GetFiles(_folder[$"out/{kind}"]), made => Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(made)), made));
        }
        Assert.Empty(Directory.GetFiles(_folder["out/.done"], "*.claim"));
        // What a killed one began and another did anew is cleared by the next that is alone.
        EngineProcess.Run([.. infer, _folder["out"]]).Expect(ExitCode.Success);
        Assert.Empty(Directory.GetFiles(_folder["out"], "*.partial-*", SearchOption.AllDirectories));
    }

    private int Done() => Directory.Exists(_folder["out/.done"]) ? Directory.GetFiles(_folder["out/.done"], "s*.json").Length : 0;
}
