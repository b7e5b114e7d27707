using System.Text.Json;
using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;

namespace Histoseg.Cli.Tests.ManyMachines;

/// <summary>Several programs on one output folder, one of which is killed.</summary>
[Collection(RobustnessTests.Name)]
public sealed class ManyProcessesTests(Workshop workshop) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void What_a_killed_one_was_at_is_told_and_the_others_do_it()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "processes of Linux");
        for (var i = 0; i < 6; i++)
        {
            Directory.CreateDirectory(_folder["slides"]);
            File.Copy(workshop["slides/synth_000.tif"], _folder[$"slides/s{i}.tif"]);
        }
        string[] infer = ["infer", "-i", _folder["slides"], "-o", _folder["out"], "-m", workshop["run/model"], "--threads", "1"];
        using (var killed = EngineProcess.Start([.. infer, "--overlap", "0.9", "--batch-size", "1"]))
        {
            killed.Await(() => Directory.Exists(_folder["out/.done"]) && Directory.GetFiles(_folder["out/.done"], "*.progress").Length > 0);
            var running = Status().GetProperty("slides").EnumerateArray().Single(slide => slide.GetProperty("state").GetString() == "running");
            Assert.Equal(Environment.MachineName, running.GetProperty("host").GetString());
            Assert.Equal(killed.Worker, running.GetProperty("process").ToString());
            killed.KillAll();
            killed.Wait().Expect(EngineProcess.Killed);
        }
        // To end a process takes the system a moment.
        Assert.True(SpinWait.SpinUntil(() => Status() is var status && status.GetProperty("died").GetInt32() == 1
            && Assert.Single(status.GetProperty("runs").EnumerateArray()).GetProperty("state").GetString() == "died", TimeSpan.FromSeconds(60)));
        Assert.Equal(0, Status().GetProperty("running").GetInt32());

        using var first = EngineProcess.Start(infer);
        using var second = EngineProcess.Start(infer);
        EngineResult[] results = [first.Wait().Expect(ExitCode.Success), second.Wait().Expect(ExitCode.Success)];
        Assert.Equal(6, results.Sum(result => result.Output.Split('\n').Count(line => line.StartsWith("done", StringComparison.Ordinal))));
        Assert.Equal((6, 0), (Status().GetProperty("done").GetInt32(), Status().GetProperty("died").GetInt32()));
        Assert.Equal(6, Directory.GetFiles(_folder["out/segmentations"]).Length);
        Assert.Empty(Directory.GetFiles(_folder["out"], "*.partial-*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(_folder["out/.done"], "*.claim"));
    }

    [Fact]
    public void Where_the_disk_knows_no_locks_slides_are_shared_all_the_same()
    {
        // .NET then takes none, as where the file system has none.
        Dictionary<string, string?> noLocks = new() { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
        string[] infer = ["infer", "-i", workshop["slides"], "-o", _folder["out"], "-m", workshop["run/model"], "--threads", "1", "--overlap", "0.9"];
        using var first = EngineProcess.Start(noLocks, infer);
        first.Await(() => Directory.Exists(_folder["out/.done"]) && Directory.GetFiles(_folder["out/.done"], "*.progress").Length > 0);
        using var second = EngineProcess.Start(noLocks, infer);
        EngineResult[] results = [first.Wait().Expect(ExitCode.Success), second.Wait().Expect(ExitCode.Success)];
        Assert.All(results, result => Assert.Contains(result.ErrorLines, line => line.Contains("its disk knows no file locks (flock)")));
        Assert.Equal(3, results.Sum(result => result.Output.Split('\n').Count(line => line.StartsWith("done", StringComparison.Ordinal))));
        Assert.Equal(3, Directory.GetFiles(_folder["out/segmentations"]).Length);
        Assert.Empty(Directory.GetFiles(_folder["out/.done"], "*.claim"));
    }

    [Fact]
    public void A_task_of_a_batch_system_has_its_part_and_says_so()
    {
        Dictionary<string, string?> task = new() { ["SLURM_ARRAY_TASK_ID"] = "5" };
        foreach (var (name, value) in new[] { ("MIN", "4"), ("MAX", "5"), ("STEP", "1"), ("COUNT", "2") })
            task[$"SLURM_ARRAY_TASK_{name}"] = value;
        string[] infer = ["infer", "-i", workshop["slides"], "-o", _folder["out"], "-m", workshop["run/model"], "--output", "csv"];
        var result = EngineProcess.Run(task, infer).Expect(ExitCode.Success);
        Assert.Contains(result.ErrorLines, line => line == "engine: shard 2/2, told by SLURM_ARRAY_TASK_ID, has 1 of the 3 slides; --shard 1/1 takes all");
        Assert.EndsWith("synth_001.tif", Assert.Single(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        Assert.Contains(result.ErrorLines, line => line.StartsWith("engine: time went into reading ", StringComparison.Ordinal));
        task["SLURM_ARRAY_TASK_ID"] = "6";
        EngineProcess.Run(task, infer).Expect(ExitCode.BadUsage).ExpectOneClearLine("SLURM_ARRAY_TASK_ID is 6");
        Assert.Equal(2, Workshop.Run([.. infer, "--shard", "1/1"]).Output.Split('\n').Count(line => line.StartsWith("done", StringComparison.Ordinal)));
    }

    private JsonElement Status() => JsonDocument.Parse(Workshop.Run("status", _folder["out"], "--json").Expect(ExitCode.Success).Output).RootElement;
}
