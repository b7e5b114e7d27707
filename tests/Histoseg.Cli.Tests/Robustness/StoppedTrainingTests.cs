using System.Diagnostics;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>Training that is killed or interrupted and taken up again ends where one never stopped ends, to the bit.</summary>
[Collection(RobustnessTests.Name)]
public sealed class StoppedTrainingTests(Workshop workshop, StoppedTrainingTests.NeverStopped never)
    : IClassFixture<StoppedTrainingTests.NeverStopped>, IDisposable
{
    private static readonly string[] SameFiles =
        ["model/model.safetensors", "model/model.json", "model/README.md", "model-last/model.safetensors", "model-last/model.json"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Train(string run, params string[] more) => Train(workshop, _folder[run], more);

    private static string[] Train(Workshop workshop, string folder, params string[] more) =>
        ["train", "-c", workshop.ConfigPath, "-o", folder, "--set", "training.iterations=80", .. more];

    /// <summary>The run that all are held against, made when the first asks for it.</summary>
    public sealed class NeverStopped : IDisposable
    {
        private readonly TempFolder _folder = new();
        private TimeSpan? _time;

        /// <summary>Its folder, and how long it took.</summary>
        internal (string Folder, TimeSpan Time) Of(Workshop workshop)
        {
            if (_time is null)
            {
                var clock = Stopwatch.StartNew();
                EngineProcess.Run(Train(workshop, _folder["whole"])).Expect(ExitCode.Success);
                _time = clock.Elapsed;
            }
            return (_folder["whole"], _time.Value);
        }

        /// <inheritdoc/>
        public void Dispose() => _folder.Dispose();
    }

    [Fact]
    public void Killed_at_any_moment_and_resumed_equals_never_stopped()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var half = never.Of(workshop).Time.TotalMilliseconds / 2;
        for (var kill = 0; kill < 3; kill++)
        {
            using var training = EngineProcess.Start(Train("killed", "--resume"));
            if (!CameToNewMetrics(training, _folder["killed"]))
                break; // this start was quicker than the one that was timed
            Thread.Sleep((int)(random.NextDouble() * half / (kill + 1)));
            training.Kill();
            Assert.True(training.Wait().Code is EngineProcess.Killed or ExitCode.Success);
        }
        // As a kill in the middle of writing a checkpoint leaves it.
        File.WriteAllText(_folder["killed/last.ckpt.partial-4194305"], "half a checkpoint");

        EngineProcess.Run(Train("killed", "--resume")).Expect(ExitCode.Success);
        AssertSameRuns($"moments of random seed {seed}");
    }

    [SkippableFact]
    public void Interrupted_it_says_how_to_go_on_and_does()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no way to send Ctrl-C to another process on Windows");
        using var training = EngineProcess.Start(Train("killed"));
        Assert.True(CameToNewMetrics(training, _folder["killed"]));
        training.Signal("INT");
        var stopped = training.Wait().Expect(ExitCode.Stopped).ExpectOneClearLine("stopped; go on with: engine train", "--resume");
        Assert.Empty(stopped.Output);
        Assert.True(File.Exists(_folder["killed/last.ckpt"]));
        Assert.Contains("not validated", File.ReadAllText(_folder["killed/model-last/README.md"]));

        EngineProcess.Run(stopped.LastError.Split("engine train")[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Prepend("train")
            .ToArray()).Expect(ExitCode.Success);
        AssertSameRuns("interrupted");
    }

    [SkippableTheory]
    [InlineData(ExitCode.Terminated, "TERM")]
    [InlineData(ExitCode.Terminated, "TERM", "TERM", "TERM")]
    [InlineData(ExitCode.HungUp, "HUP", "HUP")]
    [InlineData(ExitCode.AskedByBatchSystem, "USR1")]
    public void Signals_that_ask_it_to_end_leave_a_checkpoint_however_often_they_come(int code, params string[] signals)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the signals are Linux's");
        using var training = EngineProcess.Start(Train("stopped", "--set", "training.iterations=1000000", "--set", "training.checkpoint_every=1000000"));
        Assert.True(CameToNewMetrics(training, _folder["stopped"]));
        foreach (var signal in signals)
            training.Signal(signal);
        training.Wait().Expect(code).ExpectOneClearLine("stopped; go on with: engine train", "--resume");
        Assert.True(File.Exists(_folder["stopped/last.ckpt"]));
        Assert.Empty(Directory.GetFiles(_folder["stopped"], "*.partial-*", SearchOption.AllDirectories));
    }

    private void AssertSameRuns(string what)
    {
        var whole = never.Of(workshop).Folder;
        Assert.All(SameFiles,
            file => Assert.True(File.ReadAllBytes(Path.Combine(whole, file)).AsSpan().SequenceEqual(File.ReadAllBytes(_folder[$"killed/{file}"])),
            $"{file} differs: {what}"));
        // Times differ; iterations, losses and scores do not.
        Assert.Equal(Measured(Path.Combine(whole, "metrics.csv")), Measured(_folder["killed/metrics.csv"]));
        Assert.Empty(Directory.GetFiles(_folder["killed"], "*.partial-*", SearchOption.AllDirectories));
    }

    private static IEnumerable<string> Measured(string metrics) =>
        File.ReadAllLines(metrics).Select(line => line.Split(',')).Select(fields => string.Join(',', fields[0], fields[2], fields[6], fields[8], fields[9]));

    private static bool CameToNewMetrics(EngineProcess training, string run)
    {
        var metrics = Path.Combine(run, "metrics.csv");
        var before = File.Exists(metrics) ? File.GetLastWriteTimeUtc(metrics) : DateTime.MinValue;
        return training.CameTo(() => File.Exists(metrics) && File.GetLastWriteTimeUtc(metrics) > before && File.ReadLines(metrics).Take(2).Count() == 2);
    }
}
