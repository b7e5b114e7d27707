namespace Histoseg.Slides.Tests.Slides;

public class SlideViewTests
{
    [Fact]
    public void At_ratio_one_pixels_are_copied()
    {
        using var slide = MemorySlide.Noise(60, 40);
        var view = new SlideView(slide, 0.5, 0.5);
        var rgb = new byte[7 * 5 * 3];
        Assert.True(view.Read(11, 13, 7, 5, rgb));
        Assert.Equal(MemorySlide.Hash(11, 13, 0), rgb[0]);
        Assert.Equal(MemorySlide.Hash(17, 17, 2), rgb[^1]);
    }

    // A linear gradient averaged over a view pixel's footprint, or interpolated at its centre, is the gradient at the centre.
    [Theory]
    [InlineData(2.0)]
    [InlineData(1.5)]
    [InlineData(1.24)]
    [InlineData(3.7)]
    [InlineData(0.8)]
    [InlineData(0.31)]
    public void A_gradient_keeps_its_place(double downsample)
    {
        using var slide = new MemorySlide([new(250, 200, 1)], (_, x, y, c) => (byte)(c == 0 ? x : c == 1 ? y : 7));
        var view = new SlideView(slide, 1, downsample);
        const int n = 30;
        var rgb = new byte[n * n * 3];
        Assert.True(view.Read(12, 9, n, n, rgb));
        for (var j = 0; j < n; j++)
            for (var i = 0; i < n; i++)
            {
                Assert.InRange(rgb[(j * n + i) * 3], (12 + i + 0.5) * downsample - 0.5 - 0.51, (12 + i + 0.5) * downsample - 0.5 + 0.51);
                Assert.InRange(rgb[(j * n + i) * 3 + 1], (9 + j + 0.5) * downsample - 0.5 - 0.51, (9 + j + 0.5) * downsample - 0.5 + 0.51);
                Assert.Equal(7, rgb[(j * n + i) * 3 + 2]);
            }
    }

    [Fact]
    public void Halving_is_the_mean_of_four_pixels()
    {
        using var slide = MemorySlide.Noise(20, 20);
        var view = new SlideView(slide, 0.25, 0.5);
        var rgb = new byte[3];
        view.Read(4, 6, 1, 1, rgb);
        var sum = MemorySlide.Hash(8, 12, 1) + MemorySlide.Hash(9, 12, 1) + MemorySlide.Hash(8, 13, 1) + MemorySlide.Hash(9, 13, 1);
        Assert.Equal((sum + 2) / 4, rgb[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1.37)]
    [InlineData(0.6)]
    [InlineData(40.3)]
    public void A_read_equals_its_parts_side_by_side(double downsample)
    {
        using var slide = MemorySlide.Noise(2500, 700);
        var view = new SlideView(slide, 1, downsample);
        int width = Math.Min(view.Width, 400), height = Math.Min(view.Height, 200);
        var whole = new byte[width * height * 3];
        view.Read(0, 0, width, height, whole);
        int w = width / 3 + 1, h = height / 2 + 1;
        for (var y = 0; y < height; y += h)
            for (var x = 0; x < width; x += w)
            {
                (var pw, var ph) = (Math.Min(w, width - x), Math.Min(h, height - y));
                var part = new byte[pw * ph * 3];
                view.Read(x, y, pw, ph, part);
                for (var row = 0; row < ph; row++)
                    Assert.True(part.AsSpan(row * pw * 3, pw * 3).SequenceEqual(whole.AsSpan(((y + row) * width + x) * 3, pw * 3)), $"row {y + row} from {x}");
            }
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(3.9, 0)]
    [InlineData(3.97, 1)] // within 1 %
    [InlineData(4.0, 1)]
    [InlineData(15.0, 1)]
    [InlineData(100.0, 2)]
    public void The_best_level_is_read(double downsample, int level)
    {
        using var slide = new MemorySlide([new(1600, 1600, 1), new(400, 400, 4), new(100, 100, 16)], (l, _, _, _) => (byte)(l * 10));
        new SlideView(slide, 1, downsample).Read(0, 0, 4, 4, new byte[48]);
        Assert.Equal([level], slide.LevelsRead.Distinct());
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.0)]
    [InlineData(0.7)]
    public void Outside_the_slide_is_white(double downsample)
    {
        using var slide = new MemorySlide([new(32, 32, 1)], (_, _, _, _) => 50);
        var view = new SlideView(slide, 1, downsample);
        (var w, var h) = (view.Width + 10, view.Height + 10);
        var rgb = new byte[w * h * 3];
        Assert.True(view.Read(-5, -5, w, h, rgb));
        for (var y = 0; y < h; y++)
            for (var x = 0; x < w; x++)
                Assert.Equal(x < 5 || y < 5 || x >= w - 5 || y >= h - 5 ? 255 : 50, rgb[(y * w + x) * 3]);
        Assert.True(view.Read(500, 500, 3, 3, rgb));
        Assert.Equal(255, rgb[0]);
    }

    // 35 pixels at 1:2 are 18 view pixels, of which the last one lies half outside: its mean is of the inside.
    [Fact]
    public void The_partial_edge_pixel_is_the_mean_of_what_is_inside()
    {
        using var slide = new MemorySlide([new(35, 35, 1)], (_, _, _, _) => 50);
        var view = new SlideView(slide, 1, 2);
        Assert.Equal(18, view.Width);
        var rgb = new byte[3];
        view.Read(17, 17, 1, 1, rgb);
        Assert.Equal(50, rgb[0]);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(3.0)]
    public void A_corrupt_tile_is_reported_only_where_it_is(double downsample)
    {
        var slide = new MemorySlide([new(900, 900, 1)], (_, _, _, _) => 50) { Corrupt = (100, 100) };
        var view = new SlideView(slide, 1, downsample);
        var at = (int)(100 / downsample);
        var rgb = new byte[20 * 20 * 3];
        Assert.False(view.Read(at - 5, at - 5, 20, 20, rgb));
        Assert.True(view.Read(at + 5, at - 5, 20, 20, rgb));
    }
}
