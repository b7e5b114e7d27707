using System.Text.Json;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Status;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>How an output folder stands, with runs that ended, are at work and died.</summary>
public sealed class FolderStatusTests : IDisposable
{
    private readonly FakeSlideFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private FolderStatus Status => FolderStatusReader.Read(_folder.Out);

    private SlideState this[string name] => Status.Slides.Single(slide => Path.GetFileName(slide.Slide) == name);

    private void Claim(string name, string host, int process, int minutesOld)
    {
        var note = new ClaimNote(host, process, DateTime.UtcNow.AddMinutes(-minutesOld - 1), Path.Combine(_folder.Slides, name + ".svs"), null, "t", 0.4, 12.5);
        File.WriteAllText(SlideClaim.PathOf(_folder.Out, name), JsonSerializer.Serialize(note, RunMetadata.Json));
        File.SetLastWriteTimeUtc(SlideClaim.PathOf(_folder.Out, name), DateTime.UtcNow.AddMinutes(-minutesOld));
    }

    [Fact]
    public void Each_slide_is_where_it_is()
    {
        foreach (var name in new[] { "a.svs", "b.svs", "c.svs", "d.svs", "e.svs", "f.svs" })
            _folder.Slide(name, name switch { "b.svs" => "bad", "f.svs" => "partly", _ => "good" });
        using var stop = new CancellationTokenSource();
        // It stops at c.
        _folder.Run(open: path =>
        {
            if (Path.GetFileName(path) == "c.svs")
                stop.Cancel();
            return _folder.Open(path);
        }, cancellation: stop.Token);
        var status = Status;
        Assert.Equal((6, 1, 1, 0, 0, 4), (status.Slides.Count, status.Done, status.Failed, status.Running, status.Died, status.Left));
        Assert.Equal((SlideStage.Done, "a", null), (this["a.svs"].State, this["a.svs"].Name, this["a.svs"].Error));
        Assert.Equal((SlideStage.Failed, "bad_slide"), (this["b.svs"].State, this["b.svs"].Code));
        Assert.EndsWith("b.svs: no slide", this["b.svs"].Error);
        Assert.Equal("stopped", Assert.Single(status.Runs).State);
        Assert.Null(status.SlidesPerHour);

        Claim("c", "node7", 4711, 1);
        Claim("d", "node8", 42, 6);
        Claim("e", Environment.MachineName, int.MaxValue, 0);
        var (c, d, e) = (this["c.svs"], this["d.svs"], this["e.svs"]);
        Assert.Equal((SlideStage.Running, "node7", 4711, 0.4, 12.5), (c.State, c.Host, c.Process, c.Share, c.PatchesPerSecond));
        Assert.InRange(c.SilentSeconds!.Value, 55, 300);
        Assert.Equal((SlideStage.Died, "node8"), (d.State, d.Host));
        Assert.Equal((SlideStage.Died, int.MaxValue), (e.State, e.Process));
        Assert.Equal((1, 2, 1), (Status.Running, Status.Died, Status.Left));

        File.Delete(SlideClaim.PathOf(_folder.Out, "c"));
        _folder.Run(new(), open: path => Path.GetFileName(path) == "d.svs" ? throw new InvalidOperationException("never mind") : _folder.Open(path));
        Assert.Equal(("partly_unreadable", SlideStage.Done), (this["f.svs"].Code, this["f.svs"].State));
        Assert.Equal(["stopped", "finished"], Status.Runs.Select(run => run.State));
    }

    [Fact]
    public void A_claim_that_is_held_is_at_work_and_the_run_with_it()
    {
        _folder.Slide("a.svs");
        _folder.Slide("b.svs");
        FolderStatus? seen = null;
        // So that the first is done when the second is opened.
        var oneAtATime = new EarlierPart(DateTime.UtcNow, RunMetadata.TakePath(Directory.CreateDirectory(_folder.Out).FullName, DateTime.UtcNow), [], true);
        _folder.Run(new() { Earlier = oneAtATime }, open: path =>
        {
            if (Path.GetFileName(path) == "b.svs")
                seen = Status;
            return _folder.Open(path);
        });
        Assert.Equal((1, 1, 0), (seen!.Done, seen.Running, seen.Left));
        var at = seen.Slides.Single(slide => slide.State == SlideStage.Running);
        Assert.Equal(("b", Environment.ProcessId, 0.0), (at.Name, at.Process, at.Share));
        Assert.Equal("running", Assert.Single(seen.Runs).State);
        Assert.True(seen.SlidesPerHour > 0 && seen.SecondsLeft > 0);
        Assert.Null(Status.SecondsLeft);
    }

    [Fact]
    public void Runs_of_all_shards_are_one_summary()
    {
        foreach (var name in new[] { "a.svs", "b.svs", "c.svs", "d.svs" })
            _folder.Slide(name, name == "c.svs" ? "bad" : "good");
        _folder.Run(new() { Shard = new(1, 2) });
        Assert.Equal((4, 1, 1, 2), (Status.Slides.Count, Status.Done, Status.Failed, Status.Left));
        _folder.Run(new() { Shard = new(2, 2) });
        Assert.Equal((3, 1, 0), (Status.Done, Status.Failed, Status.Left));
        Assert.Equal(["1/2", "2/2"], Status.Runs.Select(run => run.Shard));
        // A list of failures that another machine wrote over at the same moment lacks some; the runs know them.
        File.Delete(Failure.ListOf(_folder.Out));
        Assert.Equal("bad_slide", this["c.svs"].Code);
    }

    [Fact]
    public void What_was_made_with_another_model_is_left_to_do()
    {
        _folder.Slide("a.svs");
        _folder.Slide("b.svs");
        _folder.Run();
        Assert.Equal(2, Status.Done);
        using var stop = new CancellationTokenSource();
        _folder.Run(hash: "hash-2", open: path =>
        {
            if (Path.GetFileName(path) == "b.svs")
                stop.Cancel();
            return _folder.Open(path);
        }, cancellation: stop.Token);
        Assert.Equal((SlideStage.Done, SlideStage.Left), (this["a.svs"].State, this["b.svs"].State));
    }

    [Fact]
    public void A_run_that_was_killed_is_dead()
    {
        _folder.Slide("a.svs");
        var path = _folder.Run().MetadataPath;
        var killed = RunRecord.Load(path)! with { Finished = null };
        Save(killed with { Process = int.MaxValue });
        Assert.Equal("died", Assert.Single(Status.Runs).State);
        Save(killed);
        Assert.Equal("running", Assert.Single(Status.Runs).State);
        Save(killed with { Host = "node7" });
        Assert.Equal("unknown", Assert.Single(Status.Runs).State);
        File.WriteAllText(path, "{}");
        Assert.Empty(Status.Runs);

        void Save(RunRecord run) => File.WriteAllText(path, JsonSerializer.Serialize(run, RunMetadata.Json));
    }

    [Fact]
    public void A_folder_without_runs_is_told()
    {
        Assert.Contains("no such folder", Assert.Throws<ConfigError>(() => Status).Message);
        Directory.CreateDirectory(_folder.Out);
        Assert.Contains("no run of engine infer has begun here", Assert.Throws<ConfigError>(() => Status).Message);
    }
}
