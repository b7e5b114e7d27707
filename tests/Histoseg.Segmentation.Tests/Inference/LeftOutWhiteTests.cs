using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Synthesis;
using NetVips;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Outputs are those of a slide of which all is read, where what a low level shows as white is left out.</summary>
public sealed class LeftOutWhiteTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-white-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Counts the pixels read of the level that is segmented.</summary>
    private sealed class Counted(ISlide slide, int level) : ISlide
    {
        private long _pixels;

        public long Pixels => _pixels;
        public string Path => slide.Path;
        public IReadOnlyList<SlideLevel> Levels => slide.Levels;
        public double? MicronsPerPixel => slide.MicronsPerPixel;
        public ScaleSource ScaleSource => slide.ScaleSource;
        public (int Width, int Height) TileSize(int of) => slide.TileSize(of);

        public bool ReadRegion(int of, long x, long y, int width, int height, Span<byte> rgb)
        {
            if (of == level)
                Interlocked.Add(ref _pixels, (long)width * height);
            return slide.ReadRegion(of, x, y, width, height, rgb);
        }

        public void Dispose() { }
    }

    [Theory]
    [InlineData(3, TissueRule.White)]
    [InlineData(4, TissueRule.Otsu)]
    public void Of_a_drawn_slide(int seed, TissueRule rule)
    {
        // The tissue with more glass around it, grainy as a scanner gives it.
        const int side = 1024, width = 4096, height = 3072;
        var drawn = SlideSynthesiser.Draw((ulong)seed, side, side);
        var (rgb, grain) = (new byte[width * height * 3], new Random(seed));
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)grain.Next(236, 247);
        for (var y = 0; y < side; y++)
            drawn.Rgb.AsSpan(y * side * 3, side * 3).CopyTo(rgb.AsSpan(((y + 1100) * width + 1300) * 3));
        var path = Path.Combine(_root, "drawn.tif");
        using (var picture = Image.NewFromMemory(rgb, width, height, 3, Enums.BandFormat.Uchar))
        using (var scaled = picture.Copy(interpretation: Enums.Interpretation.Srgb, xres: 2000, yres: 2000))
            scaled.Tiffsave(path, compression: Enums.ForeignTiffCompression.Jpeg, q: 88, tile: true, tileWidth: 256, tileHeight: 256, pyramid: true,
                resunit: Enums.ForeignTiffResunit.Cm);

        var (whole, some) = Compare(path, 0.5, rule);
        Assert.InRange(some, 1, whole * 2 / 3);
    }

    [SkippableTheory]
    [InlineData("slides_glas/dev_slide_1.tif", 0.62)]
    [InlineData("slides_glas/dev_slide_2.tif", 0.62)]
    [InlineData("slides_glas/dev_slide_2.tif", 0.8)]
    public void Of_a_real_slide(string name, double mpp)
    {
        Skip.If(SharedData.Find("data") is null, "shared/data is not here");
        Compare(Path.Combine(SharedData.Find("data")!, name), mpp, TissueRule.White);
    }

    private static (long Whole, long Some) Compare(string path, double mpp, TissueRule rule)
    {
        var (whole, allRead) = Run(readsBlank: true);
        var (some, blankLeftOut) = Run(readsBlank: false);
        Assert.Equal(whole.Labels, some.Labels);
        Assert.Equal(whole.Heat, some.Heat);
        return (allRead, blankLeftOut);

        ((byte[] Labels, byte[] Heat), long Pixels) Run(bool readsBlank)
        {
            using var slide = SlideFile.Open(path);
            var level = new SlideView(slide, slide.MicronsPerPixel ?? 0.25, mpp).Level;
            using var counted = new Counted(slide, level);
            using var segmenter = FakeSegmenter.Blurred(128);
            using MemoryRows labels = new(), heat = new();
            new SlideSegmentation(segmenter, new() { TissueRule = rule, ReadsBlank = readsBlank })
                .Run(new SlideView(counted, slide.MicronsPerPixel ?? 0.25, mpp), [labels], [heat]);
            return ((labels.Rows, heat.Rows), counted.Pixels);
        }
    }
}
