using Histoseg.Engine;
using Histoseg.Slides.Synthesis;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Tests.Studies;

/// <summary>A study that is stopped, goes on, and meets runs that are not its own.</summary>
public sealed class StudyRunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("study").FullName;
    private readonly StudyConfig _study;

    public StudyRunnerTests() => _study = new()
    {
        Networks = ["unet"],
        Protocol = new()
        {
            Network = new() { Width = 1, GicnChannels = 2, K = 3 },
            Data = new()
            {
                Manifest = SlideSynthesiser.WriteSet(Path.Combine(_folder, "slides"), 2, 0, 1, seed: 1, 256, 256, 1),
                Mpp = 2,
                PatchSize = 32,
                Stride = 32,
                Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
            },
            Training = new() { Iterations = 6, BatchSize = 2, CheckpointEvery = 2, LogEvery = 1, Threads = 1, Device = "cpu" },
        },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Unet(string output) => Path.Combine(_folder, output, "runs", "unet", "test-seed1");

    private StudyResult Run(string output, StudyConfig? study = null, CancellationToken cancel = default, Action<StudyProgress>? told = null,
        StudyTarget target = StudyTarget.Table4) =>
        new StudyRunner(study ?? _study, Path.Combine(_folder, output), new Listener(told)).Run(target, cancel);

    private sealed class Listener(Action<StudyProgress>? told) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) => told?.Invoke(value);
    }

    [Fact]
    public void Stopped_and_taken_up_again_equals_never_stopped()
    {
        Run("whole");
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Run("stopped", cancel: stop.Token, told: at =>
        {
            if (at.Status.Contains("3/6", StringComparison.Ordinal))
                stop.Cancel();
        }));
        Assert.False(File.Exists(Path.Combine(Unet("stopped"), "result.json")));
        var notes = new List<string>();
        Assert.Empty(Run("stopped", told: at => notes.AddRange(at.Note is { } note ? [note] : [])).Failures);
        Assert.Contains("unet, seed 1: going on from iteration 3", notes);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Unet("whole"), "model", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(Unet("stopped"), "model", "model.safetensors")));
        Assert.Equal(File.ReadAllText(Path.Combine(_folder, "whole", "table4.md")), File.ReadAllText(Path.Combine(_folder, "stopped", "table4.md")));

        // What no result depends on may differ.
        Run("stopped",
            _study with
            {
                Protocol = _study.Protocol
                with
                { Network = _study.Protocol.Network with { K = 5 }, Training = _study.Protocol.Training with { Threads = 2, LogEvery = 5 } }
            },
            told: at => Assert.Fail(at.Status));
    }

    [Fact]
    public void Another_size_limit_scores_again_and_trains_nothing()
    {
        Run("study");
        var model = File.GetLastWriteTimeUtc(Path.Combine(Unet("study"), "last.ckpt"));
        var other = _study with { SizeLimit = 7 };
        Run("study", other, target: StudyTarget.Table1);
        Assert.Equal(_study.SizeLimit, RunResult.Load(Unet("study"))!.SizeLimit);
        Assert.ThrowsAny<OperationCanceledException>(() => Run("study", other, new CancellationToken(canceled: true)));
        Assert.Contains("not run yet", File.ReadAllText(Path.Combine(_folder, "study", "table4.md")));
        Run("study", other);
        Assert.DoesNotContain("not run yet", File.ReadAllText(Path.Combine(_folder, "study", "table4.md")));
        Assert.Equal(7, RunResult.Load(Unet("study"))!.SizeLimit);
        Assert.Equal(model, File.GetLastWriteTimeUtc(Path.Combine(Unet("study"), "last.ckpt")));
    }

    [Fact]
    public void A_run_of_other_settings_is_refused_before_anything_is_made()
    {
        Run("study");
        var protocol = _study.Protocol with { Training = _study.Protocol.Training with { Iterations = 7 } };
        var longer = _study with { Networks = ["resnet50-gpp", "unet"], Protocol = protocol };
        var error = Assert.Throws<ConfigError>(() => Run("study", longer)).Message;
        Assert.Contains("unet", error);
        Assert.Contains("was trained with training.iterations 6, the study now asks for 7; restore the config, or delete the folder", error);
        Assert.False(Directory.Exists(Path.Combine(_folder, "study", "runs", "resnet50-gpp")));

        var folds = File.ReadAllText(Path.Combine(_folder, "study", "folds", "test.csv"));
        File.WriteAllText(_study.Protocol.Data.Manifest!,
            File.ReadAllText(_study.Protocol.Data.Manifest!).Replace("patient_000", "patient_009", StringComparison.Ordinal));
        Assert.Contains("other slides", Assert.Throws<ConfigError>(() => Run("study")).Message);
        Assert.Contains("test.csv: lists other slides, or divides them in another way",
            Assert.Throws<ConfigError>(() => Run("study", _study with { Networks = ["resnet50-gpp"] })).Message);
        Assert.Equal(folds, File.ReadAllText(Path.Combine(_folder, "study", "folds", "test.csv")));
    }

    [Fact]
    public void A_run_of_another_program_comes_last_and_is_made_if_that_program_ends()
    {
        using var held = Hold();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Run("study", cancel: stop.Token, told: _ => stop.Cancel()));

        var notes = new List<string>();
        var result = Run("study", _study with { Networks = ["unet", "resnet50-gpp"] }, told: at =>
        {
            if (at.Note is { } note)
                notes.Add(note);
            if (at.Note == "resnet50-gpp, seed 1: done")
                held.Dispose();
        });
        Assert.Empty(result.Failures);
        // The study divides its slides into training and test, which every run says.
        Assert.Equal(2, notes.RemoveAll(note => note.Contains("no slide is in split val", StringComparison.Ordinal)));
        Assert.Equal(["unet, seed 1: another program is making it, so it comes last", "resnet50-gpp, seed 1: done", "unet, seed 1: done"], notes);
        Assert.DoesNotContain("not run yet", File.ReadAllText(Path.Combine(_folder, "study", "table4.md")));
    }

    [Theory]
    [InlineData("6", null)]
    [InlineData("7", "was trained with training.iterations 7, the study now asks for 6")]
    public void A_run_that_another_program_finished_is_taken_over_if_it_is_of_this_study(string iterations, string? refused)
    {
        Run("other");
        using var held = Hold();
        var error = Record.Exception(() => Run("study", told: at =>
        {
            Assert.DoesNotContain("loss", at.Status);
            foreach (var file in (string[])["run.json", "result.json"])
                File.WriteAllText(Path.Combine(Unet("study"), file),
                    File.ReadAllText(Path.Combine(Unet("other"), file))
                    .Replace("\"training.iterations\": \"6\"", $"\"training.iterations\": \"{iterations}\"", StringComparison.Ordinal));
        }));
        if (refused is null)
        {
            Assert.Null(error);
            Assert.Equal(File.ReadAllText(Path.Combine(_folder, "other", "table4.md")), File.ReadAllText(Path.Combine(_folder, "study", "table4.md")));
        }
        else
            Assert.Contains(refused, Assert.IsType<ConfigError>(error).Message);
    }

    private FileStream Hold()
    {
        Directory.CreateDirectory(Unet("study"));
        return new(Path.Combine(Unet("study"), "run.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    [Theory]
    [InlineData("last.ckpt/taken")]
    [InlineData("predictions")]
    public void A_file_that_cannot_be_written_ends_the_study(string obstacle)
    {
        var error = Record.Exception(() => Run("study", _study with { Networks = ["unet", "resnet50-gpp"] }, told: _ =>
        {
            var path = Path.Combine(Unet("study"), obstacle);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }));
        Assert.NotNull(error);
        Assert.Contains("cannot be written", error.Message);
        Assert.False(Directory.Exists(Path.Combine(_folder, "study", "runs", "resnet50-gpp")));
    }

    [Fact]
    public void Times_are_kept_for_the_same_networks_and_device()
    {
        string Table() => File.ReadAllText(Path.Combine(_folder, "study", "table1.csv"));
        Run("study", target: StudyTarget.Table1);
        var table = Table();
        Assert.Matches(@"(?m)^unet,.*,\d+(\.\d+)?,16,1,1,", table);
        Run("study", target: StudyTarget.Table1, told: at => Assert.Fail(at.Status));
        Assert.Equal(table, Table());

        var told = new List<StudyProgress>();
        var threads = _study with { Protocol = _study.Protocol with { Training = _study.Protocol.Training with { Threads = 2 } } };
        Run("study", threads, target: StudyTarget.Table1, told: told.Add);
        Assert.Contains(told, at => at.Status == "timing unet");

        // Times that cannot be measured are told, and those there are stay.
        Directory.Delete(Path.Combine(Unet("study"), "model"), recursive: true);
        table = Table();
        told.Clear();
        Assert.Empty(Run("study", target: StudyTarget.Table1, told: told.Add).Failures);
        Assert.StartsWith("no time per patch: ", Assert.Single(told, at => at.Note is not null).Note);
        Assert.Equal(table, Table());
    }

    [Fact]
    public void A_run_made_before_a_setting_existed_has_that_settings_default()
    {
        Run("study");
        var path = Path.Combine(Unet("study"), "run.json");
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, lines.Where(line => !line.Contains("schedule.power", StringComparison.Ordinal)));
        Assert.Equal(lines.Length - 1, File.ReadAllLines(path).Length);
        Assert.Empty(Run("study").Failures);
        var other = _study with { Protocol = _study.Protocol with { Schedule = _study.Protocol.Schedule with { Power = 0.5 } } };
        Assert.Contains("schedule.power 0.9, the study now asks for 0.5", Assert.Throws<ConfigError>(() => Run("study", other)).Message);
    }

    [Fact]
    public void A_folder_of_something_else_and_a_damaged_result_are_said()
    {
        Directory.CreateDirectory(Unet("study"));
        File.WriteAllText(Path.Combine(Unet("study"), "notes.txt"), "");
        Assert.Contains("holds files of another program", Assert.Throws<ConfigError>(() => Run("study")).Message);
        File.Delete(Path.Combine(Unet("study"), "notes.txt"));
        Run("study");
        File.WriteAllText(Path.Combine(Unet("study"), "result.json"), "{");
        Assert.Contains("delete its folder", Assert.Throws<EngineError>(() => Run("study")).Message);
    }
}
