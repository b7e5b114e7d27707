using Histoseg.Slides.Annotations;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>Keys do what the page says, whatever was done by mouse before.</summary>
[Trait("Category", "Browser")]
public sealed class KeyTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly TempFolder _folder = new();
    private SlideViewer? _viewer;

    public void Dispose()
    {
        _viewer?.Dispose();
        _folder.Dispose();
    }

    private async Task<ViewerPage> Open()
    {
        DrawnSlide.WriteAll(_folder);
        DrawnSlide.AddResults(_folder["out"], DrawnSlide.Write(_folder["slides/two.tif"]), "two");
        _viewer = SlideViewer.Start(new([_folder["out"]]));
        return await browser.Open(_viewer, hash: "slide=x&on=l&fillOpacity=100&mode=single");
    }

    private string[] Corrected => [.. AnnotationFile.Load(_folder["slides/one.corrections.geojson"]).Regions.Select(region => region.Group)];

    [SkippableFact]
    public async Task A_region_gone_to_is_the_one_that_is_marked_and_Escape_removes_its_frame()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        async Task<bool> IsFramed()
        {
            await page.Settle();
            var scale = (await page.View())[2];
            return (await page.Over(400 - (6 / scale), 400))[3] > 0;
        }
        await keys.PressAsync(".");
        await page.Says("#region", "1 of 2: tumour");
        Assert.True(await IsFramed());
        await keys.PressAsync("Escape");
        Assert.False(await IsFramed());
        await keys.PressAsync("x"); // of nothing
        Assert.True(await page.Page.IsDisabledAsync("#right"));
        await keys.PressAsync("x");
        await keys.PressAsync(".");
        await page.Says("#region", "2 of 2: stroma");
        await keys.PressAsync("x");
        await page.Page.WaitForSelectorAsync("#right:enabled");
        await keys.PressAsync("r");
        // While marking, the next one is marked at once.
        await keys.PressAsync(".");
        await page.Says("#region", "1 of 2: tumour");
        await page.Page.WaitForSelectorAsync("#right:enabled");
        await keys.PressAsync("w");
        await page.Save();
        Assert.Equal(["stroma", "reviewed", "background", "reviewed"], Corrected);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_slide_is_found_and_opened_without_the_mouse_and_the_keys_are_the_page_s_again()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        await keys.PressAsync("/");
        await keys.TypeAsync("tw");
        await keys.PressAsync("Enter");
        await page.Says("#title", "two");
        await page.Settle();
        await keys.PressAsync("h");
        Assert.True(await page.Page.IsCheckedAsync("#heat"));
        Assert.Equal(1, await page.Page.Locator("#list li:visible").CountAsync());
        await keys.PressAsync("/");
        await keys.PressAsync("Escape");
        Assert.Equal("", await page.Page.InputValueAsync("#find"));
        Assert.Equal(2, await page.Page.Locator("#list li:visible").CountAsync());
        await keys.PressAsync("h");
        Assert.False(await page.Page.IsCheckedAsync("#heat"));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Measuring_ends_drawing_and_drawing_ends_measuring()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        async Task<(string? Distance, string? Add, bool Cross)> State() => (await page.Page.GetAttributeAsync("#distance", "aria-pressed"),
            await page.Page.GetAttributeAsync("#add", "aria-pressed"), await page.Page.IsVisibleAsync("#cross"));
        await keys.PressAsync("q");
        Assert.Equal(("false", "true", true), await State());
        await page.Click(100, 100);
        await keys.PressAsync("m");
        Assert.Equal(("true", "false", true), await State());
        await page.Click(400, 1000);
        await page.Click(800, 1000);
        await keys.PressAsync("q");
        Assert.Equal(("false", "true", true), await State());
        Assert.EndsWith("µm", await page.Text("#measured"));
        await keys.PressAsync("Escape");
        Assert.Equal(("false", "false", false), await State());
        await page.Page.ClickAsync("#clear");
        Assert.Equal("", await page.Text("#measured"));
        Assert.True(await page.Page.IsDisabledAsync("#clear"));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_double_click_ends_what_is_drawn_and_what_is_measured()
    {
        await using var page = await Open();
        async Task Double(double x, double y)
        {
            var (left, top) = await page.Place(x, y);
            await page.Page.Mouse.DblClickAsync(left, top);
            await page.Page.WaitForTimeoutAsync(450);
        }
        await page.Page.Keyboard.PressAsync("q");
        foreach (var (x, y) in new[] { (900, 100), (1100, 100), (1100, 300) })
            await page.Click(x, y);
        var before = await page.View();
        await Double(900, 300);
        Assert.Equal("false", await page.Page.GetAttributeAsync("#add", "aria-pressed"));
        await page.Save();
        Assert.Equal(4, AnnotationFile.Load(_folder["slides/one.corrections.geojson"]).Regions[0].Ring.Count);
        await page.Page.Keyboard.PressAsync("m");
        await page.Click(400, 1000);
        await Double(800, 1000);
        Assert.Matches("^(19[89]|20[0-2]) µm$", await page.Text("#measured"));
        Assert.Equal(before, await page.View()); // nor does it go closer
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Each_letter_does_what_the_help_says()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        async Task Flips(string key, string box)
        {
            var before = await page.Page.IsCheckedAsync(box);
            await keys.PressAsync(key);
            Assert.Equal(!before, await page.Page.IsCheckedAsync(box));
            await keys.PressAsync(key);
            Assert.Equal(before, await page.Page.IsCheckedAsync(box));
        }
        await Flips("f", "#fill");
        await Flips("o", "#outlines");
        await Flips("n", "#annotated");
        foreach (var (key, name, value, other) in new[]
        {
            ("b", "mode", "split", "single"), ("c", "mode", "curtain", "single"), ("t", "show", "truth", "prediction"),
            ("d", "show", "differences", "prediction"),
        })
        {
            await keys.PressAsync(key);
            Assert.True(await page.Page.IsCheckedAsync($"input[name={name}][value={value}]"), key);
            await page.Settle();
            await keys.PressAsync(key);
            Assert.True(await page.Page.IsCheckedAsync($"input[name={name}][value={other}]"), key);
            await page.Settle();
        }
        foreach (var (key, part) in new[] { ("g", "#slides"), ("p", "#panel") })
        {
            await keys.PressAsync(key);
            Assert.False(await page.Page.IsVisibleAsync(part));
            await keys.PressAsync(key);
            Assert.True(await page.Page.IsVisibleAsync(part));
        }
        var download = await page.Page.RunAndWaitForDownloadAsync(() => keys.PressAsync("s"));
        Assert.Equal("one.png", download.SuggestedFilename);
        await keys.PressAsync("l");
        await page.Says("#measured", "The link is copied");
        Assert.Equal(page.Page.Url, await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await keys.PressAsync("k");
        await page.Says("#title", "two");
        page.AssertNoErrors();
    }
}
