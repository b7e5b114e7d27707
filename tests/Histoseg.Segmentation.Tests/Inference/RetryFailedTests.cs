using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Slides that failed before, and the codes of their errors.</summary>
public sealed class RetryFailedTests : IDisposable
{
    private static readonly SegmentationSettings _csv = new() { Outputs = [OutputKinds.Csv], RetryFailed = false };
    private readonly FakeSlideFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private BatchInferenceResult Again(SegmentationSettings? settings = null, string? hash = null)
    {
        _folder.Opened.Clear();
        return _folder.Run(settings: settings, hash: hash);
    }

    [Fact]
    public void Are_not_tried_again_unless_that_is_asked_for()
    {
        _folder.Slide("a.svs");
        _folder.Slide("b.svs", "bad");
        Assert.Equal((1, 0), (_folder.Run().WithErrors, _folder.Run().Done));
        var again = Again();
        Assert.Empty(_folder.Opened);
        Assert.Equal((1, 1, 1, WorkOutcome.Partial), (again.Skipped, again.WithErrors, again.FailedBefore, again.Outcome));
        Assert.EndsWith("b.svs: no slide", again.Slides[1].Error);
        Assert.Equal(FailureCode.BadSlide, again.Slides[1].Code);

        var retried = Again(_csv with { RetryFailed = true });
        Assert.Equal(["b.svs"], _folder.Opened);
        Assert.Equal((1, 0), (retried.WithErrors, retried.FailedBefore));
        // What callers of the library ask for is tried.
        Assert.True(new SegmentationSettings().RetryFailed);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("settings")]
    [InlineData("model")]
    public void Are_tried_when_something_has_changed(string what)
    {
        var slide = _folder.Slide("b.svs", "bad");
        _folder.Run();
        if (what == "file")
            File.WriteAllText(slide, "good");
        Again(_csv with { MppOverride = what == "settings" ? 1 : null }, what == "model" ? "hash-2" : null);
        Assert.Equal(["b.svs"], _folder.Opened);
    }

    [Theory]
    [InlineData("bad", "bad_slide")]
    [InlineData("no scale", "no_scale")]
    [InlineData("memory", "out_of_memory")]
    [InlineData("gone", "not_readable")]
    [InlineData("bug", "unexpected")]
    [InlineData("partly", "partly_unreadable")]
    public void Have_a_code(string kind, string code)
    {
        _folder.Slide("b.svs", kind);
        Assert.Equal(code, Assert.Single(_folder.Run().Slides).Code?.Name());
        Assert.EndsWith($",{code}", Assert.Single(File.ReadAllLines(Path.Combine(_folder.Out, "failures.csv")).Skip(1)));
        Assert.Equal(code, Assert.Single(Again().Slides).Code?.Name());
    }
}
