using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>Ctrl-C a second time ends the program at once, in the middle of what it would else finish.</summary>
[Collection(RobustnessTests.Name)]
public sealed class SecondInterruptTests(Workshop workshop) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Training_ends_without_a_checkpoint()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the signals are Linux's");
        // An update takes far longer than a second Ctrl-C, so that the first is still waiting for its end.
        using var training = EngineProcess.Start("train", "-c", workshop.ConfigPath, "-o", _folder["run"], "--set", "training.iterations=1000",
            "--set", "network.width=32", "--set", "data.patch_size=128", "--set", "training.batch_size=16");
        // It is written for the first time just before the first update.
        training.Await(() => File.Exists(_folder["run/report.html"]));
        var ended = InterruptUntilItEnds(training);
        Assert.DoesNotContain("go on with", ended.Error);
        Assert.False(File.Exists(_folder["run/last.ckpt"]));
    }

    [SkippableFact]
    public void Segmenting_ends_with_its_worker()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the signals are Linux's");
        using var segmenting = EngineProcess.Start("infer", "-i", workshop["slides"], "-o", _folder["out"], "-m", workshop["run/model"], "--tta", "--crf",
            "--patch-size", "512", "--batch-size", "32", "--overlap", "0.9");
        segmenting.Await(() => Directory.Exists(_folder["out/.done"]) && Directory.GetFiles(_folder["out/.done"], "*.claim").Length > 0);
        var worker = segmenting.Worker;
        var ended = InterruptUntilItEnds(segmenting);
        Assert.DoesNotContain("the same command goes on", ended.Error);
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{worker}"), TimeSpan.FromSeconds(60)), "the worker goes on");
    }

    private static EngineResult InterruptUntilItEnds(EngineProcess program)
    {
        for (var i = 0; i < 500 && !program.HasEnded; i++)
        {
            program.Signal("INT");
            Thread.Sleep(10);
        }
        var ended = program.Wait().Expect(ExitCode.Stopped);
        Assert.Contains("Ctrl-C (once more) ends it at once", ended.Error);
        return ended;
    }
}
