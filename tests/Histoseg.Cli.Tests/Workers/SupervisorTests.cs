using Histoseg.Cli.Terminal;
using Histoseg.Cli.Workers;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Tests.Workers;

/// <summary>The supervisor with workers that are shell scripts: what each of them says and how it ends is written there.</summary>
public sealed class SupervisorTests : IInferenceDisplay, IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly TempFolder _folder = new();
    private readonly List<RunStart> _started = [];
    private readonly List<InferenceProgress> _progress = [];
    private readonly List<string> _lines = [];

    public void Dispose() => _folder.Dispose();

    private static string Begun => Say(new() { Start = new("/out/run.json", 2, 4, new(1, 2, "SLURM_ARRAY_TASK_ID")) });

    private static string LookingAt(string slide) => Say(new() { LookingAt = slide });

    private static string Beside(int slides) => Say(new() { Beside = slides });

    private static string At(string slide) => Say(new() { Progress = new(1, 2, slide, 0, 0, null) });

    private static string Done(string slide) =>
        Say(new() { Progress = new(1, 2, slide, 1, 3, new(slide, Path.GetFileNameWithoutExtension(slide), SlideStatus.Done, null, ["segmentations/x.tif"])) });

    private static string Ended(bool cancelled = false) => Say(new() { Result = new([new("/in/x.svs", "x", SlideStatus.Done)], cancelled, "/out/run.json") });

    private static string Say(WorkerMessage message) => $"echo '{WorkerMessage.ToLine(message)}'";

    /// <summary>Workers in their order; each keeps the line that it is given.</summary>
    private BatchInferenceResult Run(TimeSpan patience, CancellationToken cancel, params string[][] workers)
    {
        Skip.If(OperatingSystem.IsWindows(), "the workers are shell scripts");
        for (var i = 0; i < workers.Length; i++)
            File.WriteAllLines(_folder[$"{i}.sh"], [$"read -r line; echo \"$line\" > '{_folder[$"{i}.given"]}'", .. workers[i]]);
        File.WriteAllLines(_folder["worker.sh"],
            [$"cd '{_folder.Root}'; n=$(cat count 2>/dev/null || echo 0); echo $((n + 1)) > count; exec sh $n.sh"]);
        return new Supervisor(["sh", _folder["worker.sh"]], patience, this).Run(cancel);
    }

    void IInferenceDisplay.Begin(RunStart start) => _started.Add(start);

    void IInferenceDisplay.Report(InferenceProgress state) => _progress.Add(state);

    void IInferenceDisplay.Note(string line)
    {
        lock (_lines)
            _lines.Add(line);
    }

    private string Given(int worker) => File.ReadAllText(_folder[$"{worker}.given"]).Trim();

    [SkippableFact]
    public void A_worker_that_ends_well_is_passed_on_as_it_is()
    {
        var result = Run(Long, default,
            [Begun, "echo 'engine: on the CPU' >&2", "echo 'TIFFReadDirectory: Warning' >&2", At("/in/x.svs"), Done("/in/x.svs"), Ended()]);
        Assert.Equal((1, false, "/out/run.json"), (result.Done, result.Cancelled, result.MetadataPath));
        Assert.Equal([null, SlideStatus.Done], _progress.Select(state => state.Outcome?.Status));
        Assert.Equal(["engine: on the CPU"], _lines);
        Assert.Equal(new("/out/run.json", 2, 4, new(1, 2, "SLURM_ARRAY_TASK_ID")), Assert.Single(_started));
        Assert.Equal("", Given(0));
    }

    [SkippableTheory]
    [InlineData("SEGV", "the program crashed (signal 11) at work on it; the file may be damaged")]
    [InlineData("ABRT", "the program crashed (signal 6) at work on it")]
    [InlineData("KILL", "was killed by the system, as happens when memory runs out, at work on it; use a smaller batch")]
    public void The_slide_a_worker_crashes_at_has_failed_and_another_goes_on(string signal, string says)
    {
        var result = Run(Long, default,
            ["echo 'engine: on the CPU' >&2", Begun, At("/in/a.svs"), Done("/in/a.svs"), At("/in/b.svs"), $"kill -{signal} $$"],
            ["echo 'engine: on the CPU' >&2", Begun, At("/in/c.svs"), Done("/in/c.svs"), Ended()]);
        Assert.Equal(["engine: on the CPU"], _lines);
        Assert.Equal("/out/run.json", result.MetadataPath);
        var failed = Assert.Single(_progress, state => state.Outcome?.Status == SlideStatus.Failed).Outcome!;
        Assert.Equal(("/in/b.svs", FailureCode.Crashed), (failed.Path, failed.Code));
        Assert.Single(_started);
        Assert.StartsWith("/in/b.svs: ", failed.Error);
        Assert.Contains(says, failed.Error);
        var earlier = WorkerMessage.FromLine<EarlierPart>(Given(1))!;
        Assert.Equal("/out/run.json", earlier.MetadataPath);
        Assert.Equal([("/in/a.svs", SlideStatus.Done), ("/in/b.svs", SlideStatus.Failed)], earlier.Outcomes.Select(slide => (slide.Path, slide.Status)));
        Assert.Equal(["segmentations/x.tif"], earlier.Outcomes[0].Outputs);
    }

    [SkippableFact]
    public void Where_a_worker_was_at_several_none_has_failed_and_the_next_takes_one_at_a_time()
    {
        var result = Run(Long, default,
            [Begun, At("/in/a.svs"), Beside(1), At("/in/b.svs"), Done("/in/a.svs"), "kill -SEGV $$"],
            [Begun, At("/in/b.svs"), Done("/in/b.svs"), At("/in/c.svs"), "kill -SEGV $$"],
            [Begun, At("/in/d.svs"), Beside(1), Beside(0), Done("/in/d.svs"), Ended()]);
        Assert.Equal(1, result.Done);
        Assert.Equal("/in/c.svs", Assert.Single(_progress, state => state.Outcome?.Status == SlideStatus.Failed).Outcome!.Path);
        var (second, third) = (WorkerMessage.FromLine<EarlierPart>(Given(1))!, WorkerMessage.FromLine<EarlierPart>(Given(2))!);
        Assert.Equal((true, false), (second.OneAtATime, third.OneAtATime));
        Assert.Equal(["/in/a.svs"], second.Outcomes.Select(slide => slide.Path));
        Assert.Equal(["/in/a.svs", "/in/b.svs", "/in/c.svs"], third.Outcomes.Select(slide => slide.Path));
    }

    [SkippableFact]
    public void A_slide_that_has_ended_is_not_the_one_at_work()
    {
        Run(Long, default, [Begun, At("/in/a.svs"), At("/in/b.svs"), Done("/in/a.svs"), "kill -SEGV $$"], [Begun, Ended()]);
        Assert.Equal("/in/b.svs", Assert.Single(_progress, state => state.Outcome?.Status == SlideStatus.Failed).Outcome!.Path);
    }

    [SkippableFact]
    public void A_slide_of_which_nothing_comes_is_given_up()
    {
        Run(TimeSpan.FromSeconds(1), default,
            [Begun, At("/in/endless.svs"), "exec sleep 600"],
            [Begun, Ended()]);
        Assert.Contains("nothing came of it for 1 s, so it was given up", _progress[^1].Outcome!.Error);
        Assert.Equal(FailureCode.TimedOut, _progress[^1].Outcome!.Code);
    }

    [SkippableFact]
    public void So_has_the_one_that_it_only_wants_to_know_the_size_of()
    {
        var result = Run(Long, default, [Begun, LookingAt("/in/b.svs"), "kill -SEGV $$"], [Begun, At("/in/a.svs"), Done("/in/a.svs"), Ended()]);
        Assert.Equal("/in/b.svs", Assert.Single(_progress, state => state.Outcome?.Status == SlideStatus.Failed).Outcome!.Path);
        Assert.Equal(1, result.Done);
    }

    [SkippableFact]
    public void A_worker_that_fails_for_a_reason_has_told_it()
    {
        var ended = Assert.Throws<WorkerEnded>(() => Run(Long, default, ["echo 'engine: no such model' >&2", "exit 2"]));
        Assert.Equal(ExitCode.BadUsage, ended.Code);
        Assert.Equal(["engine: no such model"], _lines);
    }

    [SkippableFact]
    public void A_crash_at_no_slide_is_an_error()
    {
        Assert.Contains("crashed (signal 11) while it was at no slide", Assert.Throws<UserError>(() => Run(Long, default, [Begun, "kill -SEGV $$"])).Message);
        File.Delete(_folder["count"]);
        var waiting = At("");
        Assert.Throws<UserError>(() => Run(Long, default, [Begun, waiting, "kill -SEGV $$"]));
    }

    [SkippableFact]
    public void A_stop_is_passed_on_and_the_worker_ends_by_itself()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var result = Run(Long, stop.Token, [Begun, At("/in/a.svs"), "read -r word; [ \"$word\" = stop ] || exit 1", Ended(cancelled: true)]);
        Assert.True(result.Cancelled);
    }

    [Fact]
    public void Messages_are_ASCII_and_come_back_as_they_were()
    {
        var slide = new SlideOutcome("/in/病\u202e\u001b[31m\n.svs", "病", SlideStatus.Done, "x", ["a"],
            new(1, 2, 3, 4, 5, 6, 7, 8, TimeSpan.FromSeconds(1.5)), 0.25, "Properties", 1.5)
        { AreasMm2 = new Dictionary<string, double> { ["tumour"] = 1.25 } };
        var line = WorkerMessage.ToLine(new WorkerMessage { Progress = new(3, 4, slide.Path, 0.5, double.PositiveInfinity, slide) });
        Assert.All(line, letter => Assert.InRange(letter, ' ', '~'));
        var back = WorkerMessage.FromLine<WorkerMessage>(line)!.Progress!.Value;
        Assert.Equal((3, 4, slide.Path, 0.5, double.PositiveInfinity), (back.Slide, back.Slides, back.Path, back.Share, back.PatchesPerSecond));
        Assert.Equal((slide.Error, slide.Segmentation, slide.Seconds, slide.SlideMpp), (back.Outcome!.Error, back.Outcome.Segmentation, back.Outcome.Seconds,
            back.Outcome.SlideMpp));
        Assert.Equal(1.25, back.Outcome.AreasMm2!["tumour"]);
        Assert.Null(WorkerMessage.FromLine<WorkerMessage>("VIPS: hello"));
    }
}
