using System.Text.Json;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Claims on slides, as programs of this and other machines leave them.</summary>
public sealed class SlideClaimTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string ClaimPath => SlideClaim.PathOf(_folder.Root, "a");

    private string ProgressPath => SlideClaim.ProgressPathOf(_folder.Root, "a");

    private SlideClaim? Take(TimeProvider? clock = null) => SlideClaim.TryTake(_folder.Root, "a", "/slides/a.svs", default, clock);

    private static string NoteOf(string host, string token) =>
        JsonSerializer.Serialize(new ClaimNote(host, 1, DateTime.UtcNow, "/slides/a.svs", "boot", token), RunMetadata.Json);

    [Fact]
    public void It_tells_who_has_the_slide_and_how_far_that_is()
    {
        var clock = new HandTimer();
        using (var claim = Take(clock)!)
        {
            var begun = ClaimNote.Load(ProgressPath)!;
            Assert.Equal((Environment.MachineName, Environment.ProcessId, "/slides/a.svs", 0.0), (begun.Host, begun.Process, begun.Slide, begun.Share));
            claim.Report(new(3, 12, 7.5));
            clock.Ring!();
            var later = ClaimNote.Load(ProgressPath)!;
            Assert.Equal((0.25, 7.5), (later.Share, later.PatchesPerSecond));
            Assert.Equal(SlideClaim.Beats, clock.Period);
            Assert.True(later.IsOfHere && later.HasProcess());
            Assert.False((later with { Process = int.MaxValue }).HasProcess());
            Assert.False((later with { Since = DateTime.UtcNow.AddDays(-1000) }).HasProcess());
        }
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(ClaimPath)!, "a.*"));
    }

    [Fact]
    public void A_sign_of_life_after_the_end_is_none()
    {
        var clock = new HandTimer();
        Take(clock)!.Dispose();
        clock.Ring!();
        Assert.False(File.Exists(ClaimPath));
        Assert.False(File.Exists(ProgressPath));
    }

    // A program that was stopped for long (SIGSTOP, a sleeping machine) comes back.
    [SkippableFact]
    public void Who_lost_a_claim_to_another_leaves_it_to_that()
    {
        Skip.If(OperatingSystem.IsWindows(), "a file that is held cannot be taken away there");
        var late = Take()!;
        File.Delete(ClaimPath);
        File.WriteAllText(ClaimPath, NoteOf("elsewhere", "another"));
        late.Dispose();
        Assert.Equal("another", ClaimNote.Load(ClaimPath)!.Token);
    }

    // As NFS version 3 does, until the machine starts again.
    [SkippableTheory]
    [InlineData("elsewhere", 4, false)]
    [InlineData("elsewhere", 6, true)]
    [InlineData(null, 6, false)]
    public void A_lock_that_the_disk_keeps_for_a_machine_that_is_gone_is_not_waited_for(string? host, int minutesOld, bool isTaken)
    {
        Skip.If(OperatingSystem.IsWindows(), "a file that is held cannot be taken away there");
        Directory.CreateDirectory(Path.GetDirectoryName(ClaimPath)!);
        using var kept = HeldFile.TryCreate(ClaimPath)!;
        File.WriteAllText(ProgressPath, host is null ? JsonSerializer.Serialize(ClaimNote.Mine("/slides/a.svs"), RunMetadata.Json) : NoteOf(host, "dead"));
        File.SetLastWriteTimeUtc(kept.SafeFileHandle, DateTime.UtcNow.AddMinutes(-minutesOld));
        using var claim = Take();
        Assert.Equal(isTaken, claim is not null);
    }

    [Fact]
    public void A_claim_that_became_anothers_since_it_was_looked_at_stays()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ClaimPath)!);
        File.WriteAllText(ClaimPath, NoteOf("elsewhere", "dead"));
        File.SetLastWriteTimeUtc(ClaimPath, DateTime.UtcNow.AddMinutes(-6));
        using var hold = FolderLock.Take(_folder.Root);
        var dead = ClaimState.Look(_folder.Root, "a", hold)!;
        Assert.True(dead.IsDead);
        File.WriteAllText(ClaimPath, NoteOf("third", "alive"));
        Assert.False(dead.TryRemove());
        Assert.Equal("alive", ClaimNote.Load(ClaimPath)!.Token);
        File.Delete(ClaimPath);
        Assert.False(dead.TryRemove());
        Assert.Null(ClaimState.Look(_folder.Root, "a", hold));
    }

    [Fact]
    public void The_folder_s_lock_knows_whether_it_keeps_others_out()
    {
        using var hold = FolderLock.Take(_folder.Root);
        Assert.True(hold.Excludes);
    }

    [Fact]
    public async Task Of_many_who_want_a_slide_at_once_one_has_it()
    {
        using var all = new Barrier(6);
        var taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Factory.StartNew(() =>
        {
            all.SignalAndWait();
            return Take();
        }, TaskCreationOptions.LongRunning)));
        Assert.Single(taken, claim => claim is not null);
        foreach (var claim in taken)
            claim?.Dispose();
    }

    private sealed class HandTimer : TimeProvider
    {
        public Action? Ring { get; private set; }

        public TimeSpan Period { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (Ring, Period) = (() => callback(state), period);
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose() { }

            public ValueTask DisposeAsync() => default;
        }
    }
}
