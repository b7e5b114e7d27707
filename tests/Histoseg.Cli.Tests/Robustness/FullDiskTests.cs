using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>A disk that fills up: one clear line, nothing half written, nothing lost, and on it goes once there is room.</summary>
[Collection(RobustnessTests.Name)]
public sealed class FullDiskTests : IDisposable
{
    private readonly Workshop _workshop;
    private readonly TempFolder _folder = new();
    private readonly SmallDisk? _disk;
    private readonly string _reason;

    public FullDiskTests(Workshop workshop)
    {
        _workshop = workshop;
        _disk = SmallDisk.Mount(_folder["disk"], 2048, out _reason);
    }

    public void Dispose()
    {
        _disk?.Dispose();
        _folder.Dispose();
    }

    private SmallDisk Disk
    {
        get
        {
            Skip.If(_disk is null, $"no small disk can be mounted: {_reason}");
            return _disk!;
        }
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8192)]
    [InlineData(60000)]
    public void Training_keeps_the_last_checkpoint(int free)
    {
        Train(Disk["run"], 2).Expect(ExitCode.Success);
        var checkpoint = File.ReadAllBytes(Disk["run/last.ckpt"]);
        Disk.FillUpTo(free);
        var full = Train(Disk["run"], 10, "--resume");
        // While a run goes on its report is smaller than that of the ended one before, and the room that this makes may do.
        if (free < 10_000 || full.Code != ExitCode.Success)
            Assert.DoesNotContain("fail", full.Expect(ExitCode.Failed).ExpectOneClearLine(Disk[""], "room").Output);
        AssertNoHalfFiles();
        if (free == 0)
            Assert.Equal(checkpoint, File.ReadAllBytes(Disk["run/last.ckpt"]));

        Disk.Clear();
        Train(Disk["run"], 10, "--resume").Expect(ExitCode.Success);
        Train(_folder["whole"], 10).Expect(ExitCode.Success);
        Assert.Equal(File.ReadAllBytes(_folder["whole/model-last/model.safetensors"]), File.ReadAllBytes(Disk["run/model-last/model.safetensors"]));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(8192)]
    [InlineData(20480)]
    public void Segmenting_keeps_what_is_done(int free)
    {
        string[] infer = ["infer", "-o", Disk["out"], "-m", _workshop["run/model"]];
        Workshop.Run([.. infer, "-i", _workshop["slides/synth_000.tif"]]).Expect(ExitCode.Success);
        var done = Workshop.Contents(Disk["out"]).Where(file => file.Key.Contains("synth_000")).ToDictionary();
        Assert.Equal(6, done.Count);
        Disk.FillUpTo(free);

        Workshop.Run([.. infer, "-i", _workshop["slides"]]).Expect(ExitCode.Failed).ExpectOneClearLine(Disk[""], "make room");
        AssertNoHalfFiles();
        var after = Workshop.Contents(Disk["out"]);
        Assert.All(done, file => Assert.Equal(file.Value, after[file.Key]));

        Disk.Clear();
        var again = Workshop.Run([.. infer, "-i", _workshop["slides"]]).Expect(ExitCode.Success);
        Assert.Contains("skipped " + _workshop["slides/synth_000.tif"], again.Output);
    }

    [SkippableFact]
    [Trait("Category", "Torture")]
    public void However_little_room_is_left()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var filling = 0; filling < 50; filling++)
        {
            var free = random.Next(60_000);
            var exception = Record.Exception(() =>
            {
                Training_keeps_the_last_checkpoint(free);
                Empty();
                Segmenting_keeps_what_is_done(free / 3);
                Empty();
            });
            Assert.True(exception is null, $"with {free} bytes free (random seed {seed}): {exception}");
        }
    }

    [SkippableFact]
    public void A_read_only_disk_is_told_at_once()
    {
        Train(Disk["run"], 2).Expect(ExitCode.Success);
        Workshop.Run("infer", "-i", _workshop["slides"], "-o", Disk["out"], "-m", Disk["run/model"], "--output", "csv").Expect(ExitCode.Success);
        var before = Workshop.Contents(Disk[""]);
        Disk.MakeReadOnly();
        Train(Disk["run"], 4, "--resume").Expect(ExitCode.Failed).ExpectOneClearLine(Disk["run"], "the disk is read-only; make it writable");
        Train(Disk["new"], 4).Expect(ExitCode.Failed).ExpectOneClearLine(Disk["new"], "the disk is read-only; make it writable");
        Workshop.Run("infer", "-i", _workshop["slides"], "-o", Disk["out"], "-m", Disk["run/model"], "--overwrite")
            .Expect(ExitCode.Failed).ExpectOneClearLine(Disk["out"], "choose another output folder");
        Assert.Equal(before, Workshop.Contents(Disk[""]));
    }

    private EngineResult Train(string run, int iterations, params string[] more) =>
        Workshop.Run(["train", "-c", _workshop.ConfigPath, "-o", run, "--set", $"training.iterations={iterations}", .. more]);

    private void Empty()
    {
        foreach (var folder in Directory.GetDirectories(Disk[""]).Append(_folder["whole"]).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }

    private void AssertNoHalfFiles() => Assert.Empty(Directory.GetFiles(Disk[""], "*.partial-*", SearchOption.AllDirectories));
}
