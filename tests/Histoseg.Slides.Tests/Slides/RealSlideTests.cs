using Histoseg.Slides.Opening;
using Histoseg.Slides.OpenSlide;

namespace Histoseg.Slides.Tests.Slides;

public class RealSlideTests
{
    [SkippableTheory]
    [InlineData("cmu-1-small-region.svs", 2220, 2967, 1, 0.499, ScaleSource.Properties)]
    [InlineData("tcga-cr-7395-01a-01-ts1.svs", 4443, 3567, 2, null, ScaleSource.None)]
    [InlineData("hamamatsu-test3-TRITC.ndpi", 3968, 4864, 7, 0.2281750559, ScaleSource.Properties)]
    public void Scanner_files_open_with_their_scale(string name, int width, int height, int levels, double? mpp, ScaleSource source)
    {
        RequireOpenSlide();
        using var slide = SlideFile.Open(SharedData.Require("slides", name));
        Assert.Equal((width, height), (slide.Levels[0].Width, slide.Levels[0].Height));
        Assert.Equal(levels, slide.Levels.Count);
        Assert.Equal(source, slide.ScaleSource);
        Assert.Equal(mpp is null, slide.MicronsPerPixel is null);
        if (mpp is { } known)
            Assert.Equal(known, slide.MicronsPerPixel!.Value, 1e-6);
        var rgb = new byte[64 * 64 * 3];
        Assert.True(slide.ReadRegion(0, width / 2, height / 2, 64, 64, rgb));
        Assert.True(rgb.Distinct().Count() > 5);
    }

    [SkippableFact]
    public void A_scale_nobody_knows_is_an_error_that_names_the_flag()
    {
        RequireOpenSlide();
        using var slide = SlideFile.Open(SharedData.Require("slides", "tcga-cr-7395-01a-01-ts1.svs"));
        Assert.Equal(Remedy.GiveScale, Assert.Throws<SlideError>(() => SlideScale.Resolve(slide)).Remedy);
        Assert.Equal(0.25, SlideScale.Resolve(slide, overrideMpp: 0.25).MicronsPerPixel);
    }

    [SkippableFact]
    public void A_pyramidal_tiff_tells_its_scale_in_the_tags()
    {
        using var slide = SlideFile.Open(SharedData.Require("slides_glas", "dev_slide_1.tif"));
        Assert.Equal(ScaleSource.ResolutionTags, slide.ScaleSource);
        Assert.Equal(0.62, slide.MicronsPerPixel!.Value, 1e-3);
        Assert.Equal([1.0, 2, 4, 8, 16, 32], slide.Levels.Select(l => l.Downsample));
    }

    // The level's own pixels, not interpolated ones, whatever rectangle they are read in.
    [SkippableFact]
    public void Levels_of_uneven_size_read_the_same_in_every_rectangle()
    {
        using var slide = SlideFile.Open(SharedData.Require("slides_glas", "dev_slide_1.tif"));
        var whole = new byte[318 * 155 * 3];
        slide.ReadRegion(4, 0, 0, 318, 155, whole);
        var part = new byte[50 * 40 * 3];
        slide.ReadRegion(4, 237, 61, 50, 40, part);
        for (var row = 0; row < 40; row++)
            Assert.True(part.AsSpan(row * 150, 150).SequenceEqual(whole.AsSpan(((61 + row) * 318 + 237) * 3, 150)));
    }

    // A coarse level is the fine one shrunk: the view must show the same place at every level it can be made from.
    [SkippableFact]
    public void Levels_show_the_same_place()
    {
        using var slide = SlideFile.Open(SharedData.Require("slides_glas", "dev_slide_1.tif"));
        using var fine = new OneLevel(slide);
        byte[] a = new byte[96 * 96 * 3], b = new byte[96 * 96 * 3];
        new SlideView(slide, 1, 16).Read(200, 40, 96, 96, a);
        new SlideView(fine, 1, 16).Read(200, 40, 96, 96, b);
        var difference = a.Zip(b, (p, q) => Math.Abs(p - q)).Average();
        new SlideView(fine, 1, 16).Read(201, 40, 96, 96, b);
        var shifted = a.Zip(b, (p, q) => Math.Abs(p - q)).Average();
        Assert.True(difference < shifted / 2, $"{difference} in place, {shifted} one pixel off");
    }

    [SkippableFact]
    public void Many_threads_read_the_same()
    {
        using var slide = SlideFile.Open(SharedData.Require("slides_glas", "dev_slide_2.tif"));
        var expected = new byte[200 * 200 * 3];
        slide.ReadRegion(0, 1000, 700, 200, 200, expected);
        Parallel.For(0, 16, _ =>
        {
            var rgb = new byte[expected.Length];
            Assert.True(slide.ReadRegion(0, 1000, 700, 200, 200, rgb));
            Assert.True(rgb.AsSpan().SequenceEqual(expected));
        });
    }

    [SkippableFact]
    public void A_truncated_slide_is_refused_at_open()
    {
        RequireOpenSlide();
        using var folder = new TempFolder();
        foreach (var name in (string[])["cmu-1-small-region.svs", "hamamatsu-test3-TRITC.ndpi"])
        {
            var bytes = File.ReadAllBytes(SharedData.Require("slides", name));
            foreach (var share in (double[])[0.999, 0.5, 0.01])
            {
                File.WriteAllBytes(folder[name], bytes[..(int)(bytes.Length * share)]);
                Assert.Contains("truncated", Assert.Throws<SlideError>(() => SlideFile.Open(folder[name])).Message);
            }
        }
    }

    [SkippableFact]
    public void A_corrupt_tile_fails_alone_and_the_rest_is_still_read()
    {
        RequireOpenSlide();
        using var folder = new TempFolder();
        var bytes = File.ReadAllBytes(SharedData.Require("slides", "tcga-cr-7395-01a-01-ts1.svs"));
        Assert.Equal([0xFF, 0x4F, 0xFF, 0x51], bytes[1124103..1124107]); // the head of the JPEG 2000 tile at (2304, 1536) of level 0
        bytes.AsSpan(1124103, 200).Clear();
        File.WriteAllBytes(folder["s.svs"], bytes);
        using var slide = SlideFile.Open(folder["s.svs"]);
        var rgb = new byte[1024 * 512 * 3];
        int corrupt = 0, readable = 0;
        for (var y = 1024; y < 2048; y += 512)
            for (var x = 0; x < 4096; x += 1024)
                _ = slide.ReadRegion(0, x, y, 1024, 512, rgb) ? readable++ : corrupt++;
        Assert.Equal((1, 7), (corrupt, readable));
        Assert.False(slide.ReadRegion(0, 2048, 1536, 1024, 512, rgb));
        Assert.Equal([255], rgb.Skip(256 * 3).Take(256 * 3).Distinct());
        Assert.NotEqual([255], rgb.Skip(512 * 3).Take(512 * 3).Distinct());
    }

    // One reader's corrupt tile puts the shared handle into its error state under all the others.
    [SkippableFact]
    public void Readers_beside_a_corrupt_tile_are_not_disturbed()
    {
        RequireOpenSlide();
        using var folder = new TempFolder();
        var bytes = File.ReadAllBytes(SharedData.Require("slides", "tcga-cr-7395-01a-01-ts1.svs"));
        bytes.AsSpan(1124103, 200).Clear();
        File.WriteAllBytes(folder["s.svs"], bytes);
        using var slide = SlideFile.Open(folder["s.svs"]);
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            var rgb = new byte[100 * 100 * 3];
            var corrupt = i % 3 == 0;
            Assert.Equal(!corrupt, slide.ReadRegion(0, corrupt ? 2350 : 1600, 1600, 100, 100, rgb));
            Assert.Equal(corrupt, rgb.All(v => v == 255));
        });
    }

    private static void RequireOpenSlide() =>
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, OpenSlideLibrary.Found.Reason);

    private sealed class OneLevel(ISlide slide) : ISlide
    {
        public string Path => slide.Path;
        public IReadOnlyList<SlideLevel> Levels => [slide.Levels[0]];
        public double? MicronsPerPixel => slide.MicronsPerPixel;
        public ScaleSource ScaleSource => slide.ScaleSource;
        public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb) => slide.ReadRegion(level, x, y, width, height, rgb);
        public void Dispose() { }
    }
}
