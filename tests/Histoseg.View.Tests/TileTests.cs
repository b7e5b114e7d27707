using System.Net;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Vips;
using Histoseg.View.Slides;

namespace Histoseg.View.Tests;

/// <summary>What is sent of a slide is what is in its files.</summary>
public sealed class TileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SlideViewer _viewer;
    private readonly Visitor _visitor;

    public TileTests()
    {
        DrawnSlide.WriteAll(_folder);
        _viewer = SlideViewer.Start(new([_folder["out"]]));
        _visitor = new(_viewer);
    }

    public void Dispose()
    {
        _visitor.Dispose();
        _viewer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Tiles_of_the_highest_level_are_the_slides_pixels()
    {
        var slide = await _visitor.OnlySlide();
        using var file = SlideFile.Open(_folder["slides/one.tif"]);
        var rgb = new byte[512 * 512 * 3];
        file.ReadRegion(0, 512, 512, 512, 512, rgb);
        Assert.InRange(rgb[0], 208, 212); // the file is JPEG inside
        Assert.Equal(Pictures.ToJpegBytes(rgb, 512, 512), (await _visitor.Bytes($"{slide}/picture/11/1_1")).Bytes);
    }

    [Fact]
    public async Task The_last_tile_of_a_row_is_as_wide_as_what_is_left()
    {
        var slide = await _visitor.OnlySlide();
        using var tile = NetVips.Image.NewFromBuffer((await _visitor.Bytes($"{slide}/picture/11/3_2")).Bytes);
        Assert.Equal((1600 - 1536, 1200 - 1024), (tile.Width, tile.Height));
    }

    [Fact]
    public async Task Lower_levels_have_the_mean_of_the_pixels()
    {
        var slide = await _visitor.OnlySlide();
        using var tile = NetVips.Image.NewFromBuffer((await _visitor.Bytes($"{slide}/picture/9/0_0")).Bytes);
        Assert.Equal((400, 300), (tile.Width, tile.Height));
        var pixel = tile.Getpoint(150, 100); // level 0: 600, 400
        var (red, green, blue) = DrawnSlide.ColourAt(600, 400);
        Assert.True(Math.Abs(pixel[0] - red) < 4 && Math.Abs(pixel[1] - green) < 4 && Math.Abs(pixel[2] - blue) < 4, string.Join(' ', pixel));
    }

    [Theory]
    [InlineData("picture/12/0_0")]
    [InlineData("picture/11/4_0")]
    [InlineData("picture/11/0_3")]
    [InlineData("picture/11/-1_0")]
    [InlineData("picture/11/0")]
    [InlineData("picture/99999999999/0_0")]
    [InlineData("labels/7/0_0")]
    [InlineData("labels/0/2_0")]
    [InlineData("nothing")]
    public async Task What_there_is_not_is_not_found(string what) =>
        Assert.Equal(HttpStatusCode.NotFound, (await _visitor.Bytes($"{await _visitor.OnlySlide()}/{what}")).Status);

    [Fact]
    public async Task Maps_are_sent_number_for_number()
    {
        var slide = await _visitor.OnlySlide();
        byte[] Expected(Func<int, int, byte> of) => [.. from y in Enumerable.Range(0, 512) from x in Enumerable.Range(512, 800 - 512) select of(2 * x, 2 * y)];
        Assert.Equal(Expected(DrawnSlide.LabelAt), (await _visitor.Bytes($"{slide}/labels/0/1_0")).Bytes);
        Assert.Equal(Expected(DrawnSlide.HeatAt), (await _visitor.Bytes($"{slide}/heat/0/1_0")).Bytes);
        static bool IsHole(int x, int y) => x is >= 600 and < 700 && y is >= 300 and < 400;
        Assert.Equal(Expected((x, y) => x is >= 500 and < 900 && y is >= 200 and < 600 && !IsHole(x, y) ? (byte)1 : (byte)0),
            (await _visitor.Bytes($"{slide}/truth/0/1_0")).Bytes);
    }

    [Fact]
    public async Task A_tile_with_its_version_may_be_kept_and_one_without_may_not()
    {
        var slide = await _visitor.OnlySlide();
        var version = (await _visitor.Slides())[0].GetProperty("version").GetString();
        using var known = await _visitor.Get($"{slide}/labels/0/0_0?v={version}");
        using var unknown = await _visitor.Get($"{slide}/labels/0/0_0?v=0");
        Assert.Contains("immutable", known.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("no-store", unknown.Headers.GetValues("Cache-Control").Single());
    }

    [Fact]
    public async Task Ten_visitors_at_once_get_the_same_tiles()
    {
        var slide = await _visitor.OnlySlide();
        string[] paths = [.. from x in Enumerable.Range(0, 4) from y in Enumerable.Range(0, 3) select $"{slide}/picture/11/{x}_{y}",
            $"{slide}/labels/0/0_0", $"{slide}/outlines/predicted", $"{slide}/regions", $"{slide}/thumbnail"];
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            using var visitor = new Visitor(_viewer);
            return await Task.WhenAll(paths.Select(visitor.Bytes));
        }));
        foreach (var (i, path) in paths.Index())
        {
            Assert.All(answers, all => Assert.Equal(HttpStatusCode.OK, all[i].Status));
            Assert.All(answers, all => Assert.True(all[i].Bytes.AsSpan().SequenceEqual(answers[0][i].Bytes), path));
        }
        Assert.True(_viewer.Tiles.Bytes > 0);
    }

    [Fact]
    public async Task No_more_is_kept_than_the_limit()
    {
        var cache = new ByteCache(1000);
        for (var i = 0; i < 50; i++)
        {
            await cache.Get($"{i}", _ => Task.FromResult(new byte[90]), default);
            Assert.True(cache.Bytes <= 1000, $"{cache.Bytes}");
        }
        await cache.Get("large", _ => Task.FromResult(new byte[1001]), default);
        Assert.Equal(990, cache.Bytes);
        await cache.Get("49", _ => throw new InvalidOperationException("it is still there"), default);
        var again = false;
        await cache.Get("0", _ =>
        {
            again = true;
            return Task.FromResult<byte[]>([1]);
        }, default);
        Assert.True(again);
    }

    [Fact]
    public async Task What_several_want_is_made_once_and_what_nobody_wants_is_given_up()
    {
        var cache = new ByteCache(1000);
        var (made, cancelled, go) = (0, new TaskCompletionSource(), new TaskCompletionSource<byte[]>());
        async Task<byte[]> Make(CancellationToken unwanted)
        {
            Interlocked.Increment(ref made);
            // Stays: what waits below is told first, and would take this back before it is called.
            unwanted.Register(cancelled.SetResult);
            return await go.Task.WaitAsync(unwanted);
        }
        using var one = new CancellationTokenSource();
        using var other = new CancellationTokenSource();
        Task<byte[]>[] waiting = [cache.Get("a", Make, one.Token), cache.Get("a", Make, other.Token)];
        one.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[0]);
        Assert.False(cancelled.Task.IsCompleted);
        other.Cancel();
        await cancelled.Task;
        Assert.Equal(1, made);
        go.SetResult([1]);
        Assert.Equal([1], await cache.Get("a", Make, default));
        Assert.Equal(2, made);
    }

    [Fact]
    public void Slides_that_nobody_reads_are_closed_beyond_a_number()
    {
        using var pool = new SlidePool(1);
        var slides = Enumerable.Range(0, 4).Select(i => DrawnSlide.Write(_folder[$"{i}.tif"])).ToList();
        var described = new Sources.PlainSlides(slides).Read().Slides;
        using var first = pool.Take(described[0]);
        foreach (var slide in described.Skip(1))
            pool.Take(slide).Dispose();
        Assert.Equal(2, pool.Count);
        var rgb = new byte[3];
        Assert.True(first.Content.Picture.ReadRegion(0, 0, 0, 1, 1, rgb));
    }
}
