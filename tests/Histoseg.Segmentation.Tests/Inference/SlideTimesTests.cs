using Histoseg.Segmentation.Inference;

namespace Histoseg.Segmentation.Tests.Inference;

public sealed class SlideTimesTests
{
    private static SlideTimes Of(double reading, double network, double writing) =>
        new(TimeSpan.FromSeconds(reading), TimeSpan.FromSeconds(network), TimeSpan.FromSeconds(writing));

    [Theory]
    [InlineData(5, 3, 2, "reading")]
    [InlineData(3, 5, 2, "network")]
    [InlineData(2, 3, 5, "writing")]
    [InlineData(0, 0, 0, null)]
    public void The_limit_is_what_took_most(double reading, double network, double writing, string? limit) =>
        Assert.Equal(limit, Of(reading, network, writing).Limit);

    [Fact]
    public void Times_of_slides_are_put_together_and_told_as_shares()
    {
        var both = Of(1, 5, 0) + Of(1, 1, 2);
        Assert.Equal(Of(2, 6, 2), both);
        Assert.Equal("reading 20 %, network 60 %, writing 20 %", both.ToString());
    }

    [Fact]
    public void A_run_s_record_tells_where_its_time_went()
    {
        using var folder = new FakeSlideFolder();
        folder.Slide("a.svs");
        folder.Slide("b.svs", "bad");
        var result = folder.Run();
        var work = result.Slides[0].Segmentation!;
        Assert.True(work.Times.Reading > TimeSpan.Zero && work.Times.Network > TimeSpan.Zero && work.Times.Writing > TimeSpan.Zero);
        Assert.InRange(work.Times.Total.TotalSeconds, work.Elapsed.TotalSeconds, result.Slides[0].Seconds);
        Assert.Equal(work.Times, result.Times);
        var time = RunRecord.Load(result.MetadataPath)!.Time!;
        Assert.Equal((Math.Round(work.Times.Network.TotalSeconds, 3), work.Times.Limit), (time.NetworkSeconds, time.Limit));
    }
}
