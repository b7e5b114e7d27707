using System.Text.RegularExpressions;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>What lies over the slide, what is told of it and what a saved picture has of it.</summary>
[Trait("Category", "Browser")]
public sealed class LayerTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private static readonly double[] Line = [255, 255, 255];

    private readonly TempFolder _folder = new();
    private SlideViewer? _viewer;

    public void Dispose()
    {
        _viewer?.Dispose();
        _folder.Dispose();
    }

    private async Task<ViewerPage> Open(string hash, string input = "out")
    {
        if (_viewer is null)
        {
            DrawnSlide.WriteAll(_folder);
            _viewer = SlideViewer.Start(new([_folder[input]]));
        }
        return await browser.Open(_viewer, hash: hash);
    }

    private static Task<string[]> Legend(ViewerPage page) => page.Page.EvaluateAsync<string[]>("""
        async () => {
          const { workspace } = await import('./app.js');
          return workspace.layers.legendOf(workspace.sides).map(([, name]) => name);
        }
        """);

    private async Task<NetVips.Image> Picture(ViewerPage page)
    {
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.ClickAsync("#save"));
        await download.SaveAsAsync(_folder["view.png"]);
        return NetVips.Image.NewFromFile(_folder["view.png"]);
    }

    [SkippableFact]
    public async Task The_pointer_tells_what_is_known_whatever_is_shown()
    {
        await using var page = await Open("slide=x&on=-&mode=single");
        var (x, y) = await page.Place(850, 401);
        await page.Page.Mouse.MoveAsync(x, y);
        await page.Says("#probe", "prediction background · truth tumour · p 0\\.08$");
        Assert.InRange(page.Requests.Count(path => Regex.IsMatch(path, "/(labels|truth|heat)/")), 3, 6);
        (x, y) = await page.Place(450, 401);
        await page.Page.Mouse.MoveAsync(x, y);
        await page.Says("#probe", "prediction tumour · truth background · p 0\\.90$");
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_class_has_an_opacity_of_its_own_which_the_link_keeps()
    {
        await using var page = await Open("slide=x&on=l&fillOpacity=100&mode=single");
        await page.Page.GetByLabel("Opacity of tumour").FillAsync("40");
        await page.Settle();
        Assert.Equal((102, 255), ((await page.Over(600, 400))[3], (await page.Over(1300, 900))[3]));
        await page.Slide("fill-opacity", 50);
        await page.Settle();
        Assert.InRange((await page.Over(600, 400))[3], 50, 52);
        Assert.InRange((await page.Over(1300, 900))[3], 127, 129);
        await page.Page.Keyboard.PressAsync("l");
        await page.Says("#measured", "copied");
        await using var again = await Open(new Uri(page.Page.Url).Fragment[1..]);
        Assert.InRange((await again.Over(600, 400))[3], 50, 52);
        Assert.Equal("40", await again.Page.GetByLabel("Opacity of tumour").InputValueAsync());
        await again.Page.GetByLabel("Opacity of tumour").FillAsync("100");
        await again.Page.Keyboard.PressAsync("l");
        await again.Says("#measured", "copied");
        Assert.DoesNotContain("opacities", again.Page.Url);
        page.AssertNoErrors();
        again.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Outlines_do_not_cover_differences()
    {
        await using var page = await Open("slide=x&on=loa&fillOpacity=100&lineWidth=5&mode=single");
        Assert.Equal(new[] { 255, 196, 0 }, (await page.Over(402, 400))[..3]);
        await page.Choose("show", "differences");
        Assert.Equal(new[] { 230, 97, 0 }, (await page.Over(402, 400))[..3]);
        Assert.Equal(new[] { 93, 58, 155 }, (await page.Over(898, 430))[..3]);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_slide_without_prediction_is_not_called_one()
    {
        await using var page = await Open("slide=x&on=o&mode=split", "slides");
        Assert.Equal(["Slide", "Truth"], await page.Page.Locator(".tag").AllInnerTextsAsync());
        await page.Choose("mode", "curtain");
        Assert.Equal("Slide | Truth", await page.Page.Locator("#pane-a .tag").InnerTextAsync());
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task The_legend_of_a_picture_lists_what_is_shown()
    {
        await using var page = await Open("slide=x&on=l&mode=single");
        Assert.Equal(["tumour", "stroma"], await Legend(page));
        await page.Page.CheckAsync("#annotated");
        await page.Page.CheckAsync("#heat");
        await page.Settle();
        Assert.Equal(["tumour", "stroma", "vessel", "annotation", "probability from 0.50"], await Legend(page));
        await page.Page.UncheckAsync("#heat");
        await page.Page.Keyboard.PressAsync("1");
        await page.Choose("mode", "split");
        Assert.Equal(["stroma", "vessel", "annotation"], await Legend(page));
        await page.Choose("mode", "single");
        await page.Choose("show", "differences");
        Assert.Equal(["predicted, not annotated", "annotated, not predicted", "another class"], await Legend(page));
        // Of two classes none can be another one.
        Assert.Equal(2, await page.Page.EvaluateAsync<int>("async () => (await import('./colours.js')).differencesOf({ classes: [{}, {}] }).length"));
        await page.Page.UncheckAsync("#fill");
        Assert.Empty(await Legend(page));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_picture_says_which_side_is_which_and_has_no_frame()
    {
        await using var page = await Open("slide=x&on=l&fillOpacity=100&mode=curtain");
        await page.Page.Keyboard.PressAsync(".");
        await page.Says("#region", "1 of 2");
        await page.Settle();
        var scale = (await page.View())[2];
        Assert.NotEqual(0, (await page.Over(400 - (6 / scale), 400))[3]);
        var box = (await page.Page.Locator("#pane-a").BoundingBoxAsync())!;
        using (var picture = await Picture(page))
        {
            var middle = picture.Width / 2;
            Assert.Equal(Line, picture.Getpoint(middle, picture.Height / 3)[..3]);
            // A tag on each side.
            Assert.All(new[] { middle - 12, middle + 12 }, x => Assert.True(picture.Getpoint(x, 12)[1] > 235, $"{x}"));
            var (x, y) = await page.Place(400 - (6 / scale), 400);
            var (red, green, blue) = DrawnSlide.ColourAt(395, 400);
            var tissue = picture.Getpoint((int)(x - box.X), (int)(y - box.Y))[..3];
            Assert.All(tissue.Zip(new double[] { red, green, blue }), pair => Assert.InRange(pair.First, pair.Second - 4, pair.Second + 4));
        }
        await page.Choose("mode", "split");
        using (var picture = await Picture(page))
            Assert.All(new[] { 12, (picture.Width / 2) + 14 }, x => Assert.True(picture.Getpoint(x, 12)[1] > 235, $"{x}"));
        page.AssertNoErrors();
    }
}
