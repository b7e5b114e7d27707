using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>The next slide is opened while one is segmented, and files are put in place behind.</summary>
public sealed class SlideQueueTests : IDisposable
{
    private static readonly InferenceModel _model = new("fake-net", "model", "hash-1", ["background", "tumour", "gland"], 0.5, "CPU");
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-queue-").FullName;
    private readonly List<string> _events = [];
    private readonly string[] _slides;

    public SlideQueueTests()
    {
        _slides = [.. new[] { "a.svs", "b.svs", "c.svs" }.Select(name => Path.Combine(_root, name))];
        foreach (var slide in _slides)
            File.WriteAllText(slide, Path.GetFileName(slide));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Out => Path.Combine(_root, "out");

    private FakeSlide Open(string path)
    {
        Tell($"open {Path.GetFileName(path)}");
        return new(100, 80, (_, _) => (200, 60, 160)) { Path = path };
    }

    private void Tell(string what)
    {
        lock (_events)
        {
            _events.Add(what);
            Monitor.PulseAll(_events);
        }
    }

    private void Await(string what)
    {
        lock (_events)
            while (!_events.Contains(what))
                Assert.True(Monitor.Wait(_events, Long), $"not within a minute: {what}");
    }

    /// <summary>An output that says when it is put in place, and waits before for what is to come first.</summary>
    private sealed class Told(SlideQueueTests tests, string path, Func<string, string?> after) : ILabelRows
    {
        public void Write(ReadOnlySpan<byte> rows) { }

        public void Complete()
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (after(name) is { } first)
                tests.Await(first);
            File.WriteAllText(path, "");
            tests.Tell($"complete {name}");
        }

        public void Dispose() { }
    }

    private BatchInferenceResult Run(Func<string, string?> after, Action<int>? segmenting = null, BatchPart? part = null, CancellationToken cancel = default,
        IReadOnlyList<string>? slides = null)
    {
        var patches = 0;
        var segmenter = new FakeSegmenter(32, 1, 3, (_, answers) =>
        {
            answers.Fill(1 / 3f);
            segmenting?.Invoke(patches++);
        });
        var batch = new BatchInference(segmenter, _model, new() { Outputs = [OutputKinds.Csv], Overlap = 0 }, Open,
            request => new Told(this, request.Path, after));
        return batch.Run(slides ?? _slides, Out, null, part, cancel);
    }

    // 4 × 3 patches of each slide; its reader is done some patches before its network is.
    private const int Patches = 12;

    [Fact]
    public void The_next_is_open_before_a_slide_is_through_the_network()
    {
        var result = Run(_ => null, patch =>
        {
            if (patch % Patches == Patches - 1 && patch < 2 * Patches)
                Await($"open {(patch < Patches ? "b" : "c")}.svs");
        });
        Assert.Equal(3, result.Done);
        Assert.Equal(3, _events.Count(what => what.StartsWith("open", StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_are_put_in_place_while_the_next_is_segmented()
    {
        var result = Run(name => name == "a" ? "patch of b" : name == "b" ? "patch of c" : null, patch =>
        {
            if (patch % Patches == 0)
                Tell($"patch of {(char)('a' + patch / Patches)}");
        });
        Assert.Equal(3, result.Done);
        Assert.Equal(["complete a", "complete b", "complete c"], _events.Where(what => what.StartsWith("complete", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFiles(Path.Combine(Out, ".done"), "*.claim"));
    }

    [Fact]
    public void One_at_a_time_none_is_touched_before_the_one_before_is_done()
    {
        var beside = new List<int>();
        var earlier = new EarlierPart(DateTime.UtcNow, RunMetadata.TakePath(Directory.CreateDirectory(Out).FullName, DateTime.UtcNow), [], OneAtATime: true);
        Assert.Equal(3, Run(_ => null, part: new() { Earlier = earlier, Beside = beside.Add }).Done);
        Assert.Equal(["open a.svs", "complete a", "open b.svs", "complete b", "open c.svs", "complete c"], _events);
        Assert.Empty(beside);
    }

    [Fact]
    public void It_is_told_how_many_are_at_work_besides()
    {
        var beside = new List<int>();
        Run(name => name == "a" ? "patch of b" : null, patch =>
        {
            if (patch == Patches - 1)
                Await("open b.svs");
            if (patch == Patches)
                Tell("patch of b");
        }, new() { Beside = beside.Add });
        Assert.Equal(1, beside[0]);
        Assert.Equal(0, beside[^1]);
        Assert.All(beside, count => Assert.InRange(count, 0, 2));
    }

    [Fact]
    public void Stopped_what_was_opened_ahead_is_given_up_and_what_was_segmented_is_kept()
    {
        using var stop = new CancellationTokenSource();
        var result = Run(name => name == "a" ? "stopped" : null, patch =>
        {
            if (patch == 2 * Patches - 1)
            {
                Await("open c.svs");
                stop.Cancel();
                Tell("stopped");
            }
        }, cancel: stop.Token);
        Assert.True(result.Cancelled);
        Assert.Equal(["a.svs"], result.Slides.Where(slide => slide.Status == SlideStatus.Done).Select(slide => Path.GetFileName(slide.Path)));
        Assert.Empty(Directory.GetFiles(Path.Combine(Out, ".done"), "*.claim"));
        Assert.Equal(2, Run(_ => null).Done);
    }

    [Fact]
    public void A_bad_slide_met_ahead_fails_by_itself()
    {
        var missing = Path.Combine(_root, "gone.svs");
        File.WriteAllText(missing, "x");
        var result = Run(_ => null, patch =>
        {
            if (patch == 0)
                File.Delete(missing);
        }, slides: [_slides[0], missing, _slides[1]]);
        Assert.Equal([SlideStatus.Done, SlideStatus.Failed, SlideStatus.Done], result.Slides.Select(slide => slide.Status));
        Assert.Contains("gone.svs", File.ReadAllText(Path.Combine(Out, "failures.csv")));
    }

    [Fact]
    public void What_fails_ahead_is_tried_again_by_itself()
    {
        var (tries, patches) = (0, 0);
        var segmenter = new FakeSegmenter(32, 1, 3, (_, answers) =>
        {
            answers.Fill(1 / 3f);
            // Not before the next has been tried beside it.
            if (patches++ == Patches - 1)
                Await("try b");
        });
        var batch = new BatchInference(segmenter, _model, new() { Outputs = [OutputKinds.Csv], Overlap = 0 }, path =>
        {
            if (path != _slides[1] || tries++ > 0)
                return Open(path);
            Tell("try b");
            throw new OutOfMemoryException();
        }, request => new Told(this, request.Path, _ => null));
        Assert.Equal(3, batch.Run(_slides, Out).Done);
        Assert.Equal(2, tries);
    }

    [Fact]
    public void Slides_are_told_before_they_are_touched_and_what_is_done_is_not_told_as_begun()
    {
        Run(_ => null, slides: [_slides[0]]);
        var (looked, begun) = (new List<string>(), new List<string>());
        var segmenter = FakeSegmenter.ByColour(32);
        new BatchInference(segmenter, _model, new() { Outputs = [OutputKinds.Csv], Overlap = 0 }, Open, request => new Told(this, request.Path, _ => null))
            .Run(_slides, Out, new Heard(state =>
            {
                if (state.Outcome is null)
                    begun.Add(Path.GetFileName(state.Path));
            }), new() { LookingAt = path => looked.Add(Path.GetFileName(path)) });
        Assert.Equal(["a.svs", "b.svs", "c.svs"], looked);
        Assert.Equal(["b.svs", "c.svs"], begun.Distinct());
    }

    private sealed class Heard(Action<InferenceProgress> heard) : IProgress<InferenceProgress>
    {
        public void Report(InferenceProgress value) => heard(value);
    }

    [Fact]
    public void A_full_disk_met_behind_ends_the_run_and_gives_up_all()
    {
        var segmenter = FakeSegmenter.ByColour(32);
        var batch = new BatchInference(segmenter, _model, new() { Outputs = [OutputKinds.Csv] }, Open, request => new Full(request.Path));
        Assert.Throws<WriteError>(() => batch.Run(_slides, Out));
        Assert.Empty(Directory.GetFiles(Path.Combine(Out, ".done"), "*.claim"));
        Assert.Empty(Directory.GetFiles(Path.Combine(Out, ".done"), "*.json"));
    }

    private sealed class Full(string path) : ILabelRows
    {
        public void Write(ReadOnlySpan<byte> rows) { }

        public void Complete() => throw new WriteError(path, new IOException("No space left on device", 28));

        public void Dispose() { }
    }
}
