namespace Histoseg.Slides.Tests.Slides;

public class SlideScaleTests
{
    [Fact]
    public void The_override_comes_first_then_the_manifest_then_the_file_then_what_is_assumed()
    {
        using MemorySlide known = MemorySlide.Noise(2, 2),
            unknown = new(known.Levels, (_, _, _, _) => 0) { MicronsPerPixel = null, ScaleSource = ScaleSource.None };
        Assert.Equal(new SlideScale(0.3, ScaleSource.Override), SlideScale.Resolve(known, 0.7, 0.3));
        Assert.Equal(new SlideScale(0.7, ScaleSource.Manifest), SlideScale.Resolve(known, 0.7));
        Assert.Equal(new SlideScale(0.5, ScaleSource.Properties), SlideScale.Resolve(known, assumedMpp: 0.9));
        Assert.Equal(new SlideScale(0.9, ScaleSource.Assumed), SlideScale.Resolve(unknown, assumedMpp: 0.9));
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

    [Theory]
    [InlineData(0.5, null)]
    [InlineData(0.525, null)] // 5 % are rounding
    [InlineData(0.53, "the manifest's 0.53 µm per pixel is taken, though the file tells 0.5 (slide properties)")]
    [InlineData(0.25, "the manifest's 0.25 µm per pixel is taken, though the file tells 0.5 (slide properties)")]
    public void A_manifest_that_differs_from_the_file_is_told(double mpp, string? warning)
    {
        using var slide = MemorySlide.Noise(2, 2);
        var told = SlideScale.Resolve(slide, mpp).Warnings(slide).ToList();
        Assert.Equal(warning is null ? 0 : 1, told.Count);
        Assert.All(told, line => Assert.Contains(warning!, line));
    }

    [Theory]
    [InlineData(0.062, true)]
    [InlineData(0.1, false)]
    [InlineData(10, false)]
    [InlineData(62, true)]
    public void A_scale_that_no_microscope_gives_is_told(double mpp, bool isTold)
    {
        using MemorySlide own = new([new(2, 2, 1)], (_, _, _, _) => 0) { MicronsPerPixel = mpp, ScaleSource = ScaleSource.Properties },
            none = new([new(2, 2, 1)], (_, _, _, _) => 0) { MicronsPerPixel = null, ScaleSource = ScaleSource.None };
        foreach (var told in new[] { SlideScale.Resolve(own).Warnings(own), SlideScale.Resolve(none, mpp).Warnings(none),
            SlideScale.Resolve(none, overrideMpp: mpp).Warnings(none) })
            Assert.Equal(isTold, told.Any(line => line.Contains("no usual scale of a microscope", StringComparison.Ordinal)));
    }
}
