using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

public class SlideSegmentationTests
{
    private static readonly (byte, byte, byte) White = (250, 250, 250), Stroma = (200, 190, 200), Tumour = (200, 60, 160), Gland = (60, 200, 160);

    private static (byte[] Labels, byte[] Heat, SlideSegmentationResult Result) Segment(ISlide slide, IPatchSegmenter segmenter,
        SlideSegmentationSettings? settings = null, double targetMpp = 0.5)
    {
        using MemoryRows labels = new(), heat = new();
        var view = new SlideView(slide, slide.MicronsPerPixel!.Value, targetMpp);
        var result = new SlideSegmentation(segmenter, settings).Run(view, [labels], [heat]);
        Assert.Equal(view.Width * view.Height, labels.Rows.Length);
        Assert.Equal(labels.Rows.Length, heat.Rows.Length);
        return (labels.Rows, heat.Rows, result);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Every_pixel_gets_its_own_label(double overlap)
    {
        // 8-pixel chequers, so that a shift by one pixel anywhere shows.
        var slide = new FakeSlide(101, 67, (x, y) => ((x / 8 + y / 8) % 3) switch { 0 => Stroma, 1 => Tumour, _ => Gland });
        var (labels, heat, result) = Segment(slide, FakeSegmenter.ByColour(32, 3), new() { Overlap = overlap });
        for (var y = 0; y < 67; y++)
            for (var x = 0; x < 101; x++)
            {
                var label = (x / 8 + y / 8) % 3;
                Assert.Equal(label, labels[y * 101 + x]);
                Assert.InRange(heat[y * 101 + x], label == 0 ? 24 : 241, label == 0 ? 27 : 244); // 255 · 0.1 and 255 · 0.95
            }
        Assert.Equal(0, result.UnreadablePixels);
        Assert.Equal(result.Patches, result.SegmentedPatches);
    }

    [Fact]
    public void Shares_of_all_classes_are_one_together_and_the_heat_map_is_what_the_background_lacks()
    {
        var slide = new FakeSlide(101, 67, (x, y) => ((x / 8 + y / 8) % 3) switch { 0 => Stroma, 1 => Tumour, _ => Gland });
        using MemoryRows labels = new(), heat = new(), shares = new();
        new SlideSegmentation(FakeSegmenter.ByColour(32, 3)).Run(new SlideView(slide, 0.5, 0.5), [labels], [heat], shares: [shares]);
        Assert.Equal(3 * labels.Rows.Length, shares.Rows.Length);
        foreach (var (i, pixel) in shares.Rows.Chunk(3).Index())
        {
            Assert.InRange(pixel.Sum(share => share), 253, 257);
            Assert.InRange(heat.Rows[i] - (255 - pixel[0]), -1, 1);
            Assert.Equal(pixel.Max(), pixel[labels.Rows[i]]);
        }
    }

    [Theory]
    [InlineData(10, 9)]
    [InlineData(32, 32)]
    [InlineData(33, 5)]
    [InlineData(1, 1)]
    public void Slides_smaller_than_a_patch_or_hardly_larger_are_whole(int width, int height)
    {
        var slide = new FakeSlide(width, height, (x, y) => x % 2 == 0 ? Tumour : Stroma);
        var (labels, _, _) = Segment(slide, FakeSegmenter.ByColour(32));
        for (var i = 0; i < labels.Length; i++)
            Assert.Equal(i % width % 2 == 0 ? 1 : 0, labels[i]);
    }

    [Fact]
    public void Labels_lie_where_the_slide_has_them_at_a_fractional_scale()
    {
        // 0.25 → 0.61 µm per pixel: 2.44 level-0 pixels per view pixel.
        static int Truth(double x, double y) =>
            x is > 300 and < 520 && y is > 100 and < 400 ? 1 : (x - 900) * (x - 900) + (y - 500) * (y - 500) < 150 * 150 ? 2 : 0;
        var slide = new FakeSlide(1203, 701, (x, y) => Truth(x + 0.5, y + 0.5) switch { 0 => Stroma, 1 => Tumour, _ => Gland }, 0.25);
        var (labels, _, result) = Segment(slide, FakeSegmenter.ByColour(64), targetMpp: 0.61);
        const double d = 0.61 / 0.25;
        Assert.Equal((int)Math.Round(1203 / d), result.Width);
        var compared = 0;
        for (var y = 0; y < result.Height; y++)
            for (var x = 0; x < result.Width; x++)
            {
                double cx = (x + 0.5) * d, cy = (y + 0.5) * d;
                var expected = Truth(cx, cy);
                // A pixel whose whole neighbourhood is of one class has one right answer.
                if (Truth(cx - 1.5 * d, cy - 1.5 * d) != expected || Truth(cx + 1.5 * d, cy - 1.5 * d) != expected
                    || Truth(cx - 1.5 * d, cy + 1.5 * d) != expected || Truth(cx + 1.5 * d, cy + 1.5 * d) != expected)
                    continue;
                Assert.Equal(expected, labels[y * result.Width + x]);
                compared++;
            }
        Assert.True(compared > 0.95 * labels.Length);
        // The areas agree to a fraction of a pixel along the outlines.
        var area = labels.Count(l => l == 1) * d * d;
        Assert.InRange(area, 220 * 300 - (220 + 300) * d, 220 * 300 + (220 + 300) * d);
    }

    [Fact]
    public void Buffers_no_more_rows_than_a_patch_has()
    {
        var tall = Segment(new FakeSlide(40, 4000, (_, _) => Tumour), FakeSegmenter.ByColour(32)).Result;
        Assert.Equal(32, tall.PeakBufferRows);
    }

    [Fact]
    public void White_patches_are_background_and_do_not_reach_the_network()
    {
        var segmenter = FakeSegmenter.ByColour(32);
        var slide = new FakeSlide(256, 128, (x, _) => x < 64 ? Tumour : White);
        var (labels, _, result) = Segment(slide, segmenter);
        Assert.All(Enumerable.Range(0, labels.Length), i => Assert.Equal(i % 256 < 64 ? 1 : 0, labels[i]));
        Assert.True(result.WhitePatches > result.Patches / 2);
        Assert.Equal(result.SegmentedPatches, segmenter.Calls.Sum());
        Assert.Equal(result.Patches, Segment(slide, FakeSegmenter.ByColour(32), new() { TissueThreshold = 255 }).Result.SegmentedPatches);
    }

    [Fact]
    public void By_Otsu_grey_patches_are_background_and_bright_pink_ones_reach_the_network()
    {
        // Grey shadow, glass, pale stroma above the white threshold.
        var slide = new FakeSlide(384, 128, (x, _) => x < 128 ? ((byte)180, (byte)182, (byte)181) : x < 256 ? White : ((byte)255, (byte)222, (byte)245));
        byte[] Labels(TissueRule rule) => Segment(slide, new FakeSegmenter(32, 4, 2, (_, probabilities) =>
        {
            for (var i = 0; i < probabilities.Length; i++)
                probabilities[i] = i % 2;
        }), new() { TissueRule = rule, Overlap = 0 }).Labels;
        Assert.All(Labels(TissueRule.White).Index(), label => Assert.Equal(label.Index % 384 < 128 ? 1 : 0, label.Item));
        Assert.All(Labels(TissueRule.Otsu).Index(), label => Assert.Equal(label.Index % 384 < 256 ? 0 : 1, label.Item));
    }

    [Fact]
    public void By_Otsu_corrupt_tiles_are_still_255()
    {
        var slide = new FakeSlide(128, 128, (_, _) => (180, 180, 180)) { Corrupt = (0, 0, 128, 128) };
        Assert.All(Segment(slide, FakeSegmenter.ByColour(32), new() { TissueRule = TissueRule.Otsu }).Labels, label => Assert.Equal(255, label));
    }

    [Fact]
    public void Slide_without_tissue_is_background()
    {
        var (labels, heat, result) = Segment(new FakeSlide(100, 100, (_, _) => White), FakeSegmenter.ByColour(32));
        Assert.All(labels, label => Assert.Equal(0, label));
        Assert.All(heat, value => Assert.Equal(0, value));
        Assert.Equal(0, result.SegmentedPatches);
    }

    [Fact]
    public void Corrupt_tiles_are_255_and_only_they_and_their_surroundings()
    {
        var slide = new FakeSlide(256, 256, (_, _) => Tumour) { Corrupt = (96, 96, 128, 128) };
        var (labels, heat, result) = Segment(slide, FakeSegmenter.ByColour(32));
        Assert.True(result.UnreadablePatches > 0);
        Assert.Equal(labels.Count(label => label == 255), result.UnreadablePixels);
        for (var y = 0; y < 256; y++)
            for (var x = 0; x < 256; x++)
                if (x is >= 96 and < 128 && y is >= 96 and < 128)
                    Assert.Equal((255, 0), (labels[y * 256 + x], heat[y * 256 + x]));
                else if (x is < 96 - 32 or >= 128 + 32 || y is < 96 - 32 or >= 128 + 32)
                    Assert.Equal(1, labels[y * 256 + x]);
    }

    [Fact]
    public void Ties_go_to_the_lower_class()
    {
        var (labels, _, _) = Segment(new FakeSlide(50, 50, (_, _) => Tumour), new FakeSegmenter(32, 2, 3, (_, p) =>
        {
            for (var i = 0; i < p.Length; i += 3)
                (p[i], p[i + 1], p[i + 2]) = (0.25f, 0.375f, 0.375f);
        }));
        Assert.All(labels, label => Assert.Equal(1, label));
    }

    [Fact]
    public void Batches_are_full_but_the_last()
    {
        var segmenter = FakeSegmenter.ByColour(32, 5);
        Segment(new FakeSlide(120, 120, (_, _) => Tumour), segmenter); // 7 × 7 patches
        Assert.Equal([5, 5, 5, 5, 5, 5, 5, 5, 5, 4], segmenter.Calls);
    }

    /// <summary>Smooth blobs of every size between green 60 and 180.</summary>
    private static (byte, byte, byte) Blobs(long x, long y)
    {
        var v = Math.Sin(x / 23.0) + Math.Sin(y / 31.0 + 1) + Math.Sin((x + 2 * y) / 57.0) + Math.Sin((3 * x - y) / 91.0 + 2);
        return (180, (byte)Math.Clamp(120 + 40 * v, 60, 200), 180);
    }

    [Fact]
    public void Shifting_the_grid_hardly_changes_a_label()
    {
        var slide = new FakeSlide(700, 500, Blobs);
        var reference = Segment(slide, FakeSegmenter.Blurred(128)).Labels;
        Assert.InRange(reference.Count(label => label == 1), reference.Length / 5, 4 * reference.Length / 5);
        foreach (var origin in new[] { (17, 9), (32, 32), (-5, 41) })
        {
            // The slide's own border has no context beyond it, however the grid lies; seams are inside.
            var shifted = Segment(slide, FakeSegmenter.Blurred(128), new() { Origin = origin }).Labels;
            var different = reference.Zip(shifted).Count(pair => pair.First != pair.Second);
            Assert.True(different < 0.001 * reference.Length, $"origin {origin}: {different} of {reference.Length} labels differ");
        }
    }

    [Fact]
    public void Without_overlap_the_same_shift_shows()
    {
        // Shows that the test above would see seams.
        var slide = new FakeSlide(700, 500, Blobs);
        var reference = Segment(slide, FakeSegmenter.Blurred(128), new() { Overlap = 0 }).Labels;
        var shifted = Segment(slide, FakeSegmenter.Blurred(128), new() { Overlap = 0, Origin = (17, 9) }).Labels;
        Assert.True(reference.Zip(shifted).Count(pair => pair.First != pair.Second) > 0.005 * reference.Length);
    }

    [Fact]
    public void Test_time_augmentation_turns_answers_back()
    {
        // An answer that is right pixel by pixel stays what it is however the patch is turned.
        var slide = new FakeSlide(90, 70, (x, y) => ((x / 5 + y / 9) % 3) switch { 0 => Stroma, 1 => Tumour, _ => Gland });
        var plain = Segment(slide, FakeSegmenter.ByColour(32)).Labels;
        var segmenter = FakeSegmenter.ByColour(32);
        var averaged = Segment(slide, segmenter, new() { Tta = true });
        Assert.Equal(plain, averaged.Labels);
        Assert.Equal(8 * averaged.Result.SegmentedPatches, segmenter.Calls.Sum());
    }

    [Fact]
    public void Test_time_augmentation_averages_all_eight_views()
    {
        // The answer is class 1 in the top left pixel only; its 8 images are the 4 corners, twice each.
        using var once = new FakeSegmenter(8, 2, 2, (_, p) =>
        {
            for (var i = 0; i < p.Length; i += 2)
                (p[i], p[i + 1]) = i == 0 ? (0, 1) : (1, 0);
        });
        float[] ones = [.. Enumerable.Repeat(1f, 8)];
        foreach (var slot in new[] { 0, 1 })
        {
            using var averaged = once.CreateBlender(new(8, [ones], [ones], AveragesTurns: true));
            for (var turn = 0; turn < SquareTurn.Count; turn++)
            {
                once.Run(2);
                averaged.TakeTurn(turn, 2);
            }
            averaged.Add(slot, 0, 0, 0, 0);
            averaged.Post(0, 8);
            var heat = averaged.Collect().Foreground;
            for (var i = 0; i < 64; i++)
                Assert.Equal(i is 0 or 7 or 56 or 63 ? 64 : 0, heat[i]); // 255 · ¼, rounded
        }
    }

    [Theory]
    [InlineData(30)]
    [InlineData(4)]
    [InlineData(0)]
    public void Patch_size_off_the_stride_is_an_error(int size)
    {
        var error = Assert.Throws<SlideError>(() => new SlideSegmentation(new FakeSegmenter(size, 1, 2, (_, _) => { })));
        Assert.Contains("multiple of 8", error.Message);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(0.95)]
    [InlineData(double.NaN)]
    public void Overlap_out_of_range_is_an_error(double overlap) =>
        Assert.Contains("overlap", Assert.Throws<SlideError>(() => new SlideSegmentation(FakeSegmenter.ByColour(32), new() { Overlap = overlap })).Message);

    [Fact]
    public void Answers_that_are_no_numbers_are_an_error()
    {
        var error = Assert.Throws<SlideError>(() => Segment(new FakeSlide(50, 50, (_, _) => Tumour), new FakeSegmenter(32, 1, 2, (_, p) => p.Fill(float.NaN))));
        Assert.Contains("NaN", error.Message);
    }

    [Fact]
    public void Errors_in_reading_reach_the_caller()
    {
        var slide = new FakeSlide(500, 500, (_, y) => y > 200 ? throw new SlideError("fake.svs: broken") : Tumour);
        Assert.Equal("fake.svs: broken", Assert.Throws<SlideError>(() => Segment(slide, FakeSegmenter.ByColour(32))).Message);
    }

    [Fact]
    public void Cancelling_stops_at_once()
    {
        using var stop = new CancellationTokenSource();
        var calls = 0;
        var segmenter = new FakeSegmenter(32, 1, 2, (_, _) =>
        {
            if (++calls == 3)
                stop.Cancel();
        });
        var view = new SlideView(new FakeSlide(500, 500, (_, _) => Tumour), 0.5, 0.5);
        Assert.ThrowsAny<OperationCanceledException>(() => new SlideSegmentation(segmenter).Run(view, [], cancellation: stop.Token));
        Assert.InRange(calls, 3, 4);
    }
}
