using Histoseg.Cli.Terminal;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Tests.Terminal;

public class SlideLineTests
{
    private static readonly SlideOutcome _done = new("/in/a.svs", "a", SlideStatus.Done, null, [],
        new(10, 10, 40, 30, 10, 0, 0, 8, TimeSpan.FromSeconds(4)), 0.5, "Properties", 12.34)
    { AreasMm2 = new Dictionary<string, double> { ["tumour"] = 1.23456, ["gland"] = 0 } };

    [Fact]
    public void A_slide_that_is_done_tells_time_speed_and_areas() =>
        Assert.Equal("engine: a.svs: done in 12.3 s, 7.5 patches/s, tumour 1.235 mm², gland 0 mm²", SlideLine.Of(_done));

    [Fact]
    public void What_is_wrong_is_told_beside_it() =>
        Assert.EndsWith("gland 0 mm²\nengine: /in/a.svs: 2 patches", SlideLine.Of(_done with { Error = "/in/a.svs: 2 patches" }));

    [Fact]
    public void A_slide_that_failed_has_its_error_alone_and_one_done_before_nothing()
    {
        Assert.Equal("engine: /in/a.svs: bad", SlideLine.Of(new("/in/a.svs", "a", SlideStatus.Failed, "/in/a.svs: bad")));
        Assert.Null(SlideLine.Of(new("/in/a.svs", "a", SlideStatus.Skipped)));
    }
}
