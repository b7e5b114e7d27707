namespace Histoseg.Slides.Tests.Slides;

public class SlideScaleTests
{
    [Fact]
    public void The_override_comes_first_then_the_file_then_the_manifest()
    {
        using MemorySlide known = MemorySlide.Noise(2, 2),
            unknown = new(known.Levels, (_, _, _, _) => 0) { MicronsPerPixel = null, ScaleSource = ScaleSource.None };
        Assert.Equal(new SlideScale(0.3, ScaleSource.Override), SlideScale.Resolve(known, 0.7, 0.3));
        Assert.Equal(new SlideScale(0.5, ScaleSource.Properties), SlideScale.Resolve(known, 0.7));
        Assert.Equal(new SlideScale(0.7, ScaleSource.Manifest), SlideScale.Resolve(unknown, 0.7));
        Assert.Throws<SlideError>(() => SlideScale.Resolve(unknown));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void An_impossible_scale_is_refused(double mpp)
    {
        using var slide = MemorySlide.Noise(2, 2);
        Assert.Contains("impossible", Assert.Throws<SlideError>(() => SlideScale.Resolve(slide, overrideMpp: mpp)).Message);
    }
}
