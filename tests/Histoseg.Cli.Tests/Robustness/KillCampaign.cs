using System.Globalization;
using Histoseg.Cli.Terminal;
using Xunit.Abstractions;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>Kills at any moment, also while the program starts or writes: the same command again and again ends where one never killed ends.</summary>
[Collection(RobustnessTests.Name)]
[Trait("Category", "Torture")]
public sealed class KillCampaign(Workshop workshop, ITestOutputHelper output) : IDisposable
{
    // Of each kind. With the start of the program, a run lives for some two seconds.
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("HISTOSEG_KILLS") ?? "500", CultureInfo.InvariantCulture);
    private const int LongestLife = 2500;
    private static readonly string[] WithTimes = ["run_metadata", "metrics.csv", "report.html", "config.yaml", ".done", "last.ckpt"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_training() => Campaign(run =>
        ["train", "-c", workshop.ConfigPath, "-o", run, "--resume", "--set", "training.iterations=60", "--set", "training.validate_every=20"]);

    [Fact]
    public void Of_segmenting() => Campaign(run =>
        ["infer", "-i", workshop["slides"], "-m", workshop["run/model"], "-o", run]);

    private void Campaign(Func<string, string[]> command)
    {
        EngineProcess.Run(command(_folder["whole"])).Expect(ExitCode.Success);
        var whole = Compared(_folder["whole"]);
        Assert.NotEmpty(whole);
        var seed = Random.Shared.Next();
        var (random, kills, ends) = (new Random(seed), 0, 0);
        while (kills < Kills || ends == 0)
        {
            using var program = EngineProcess.Start(command(_folder["killed"]));
            var life = kills < Kills ? random.Next(LongestLife) : int.MaxValue;
            for (var lived = 0; lived < life && !program.HasEnded; lived += 5)
                Thread.Sleep(5);
            program.Kill();
            var end = program.Wait();
            if (end.Code == EngineProcess.Killed)
            {
                kills++;
                continue;
            }
            end.Expect(ExitCode.Success);
            ends++;
            var files = Compared(_folder["killed"]);
            Assert.Equal(whole.Keys.Order(), files.Keys.Order());
            Assert.All(whole, file => Assert.True(file.Value.AsSpan().SequenceEqual(files[file.Key]),
                $"{file.Key} differs after {kills} kills of random seed {seed}"));
            Assert.DoesNotContain(Directory.EnumerateFiles(_folder["killed"], "*", SearchOption.AllDirectories), file => file.Contains(".partial-"));
            Directory.Delete(_folder["killed"], recursive: true);
        }
        output.WriteLine($"{kills} kills, {ends} times to the end, random seed {seed}");
    }

    // What does not tell of times.
    private static Dictionary<string, byte[]> Compared(string folder) =>
        Workshop.Contents(folder).Where(file => !WithTimes.Any(file.Key.Contains)).ToDictionary();
}
