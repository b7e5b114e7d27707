using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>The page itself: small and large windows, light and dark, keys alone, results that come and files that are broken.</summary>
[Trait("Category", "Browser")]
public sealed class PageTests : IClassFixture<Browser>, IDisposable
{
    private readonly Browser _browser;
    private readonly TempFolder _folder = new();

    public PageTests(Browser browser)
    {
        _browser = browser;
        if (Browser.Program is not null)
            DrawnSlide.WriteAll(_folder);
    }

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(400, 800, false)]
    [InlineData(400, 800, true)]
    [InlineData(1280, 800, true)]
    [InlineData(3840, 2160, false)]
    public async Task The_page_fits_the_window(int width, int height, bool dark)
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        await using var page = await _browser.Open(viewer, width, height, dark);
        foreach (var part in new[] { "slides", "panel" })
        {
            if (!await page.Page.Locator($"#{part}").IsVisibleAsync())
                await page.Page.ClickAsync($"#show-{part}");
            var overhang = await page.Page.EvaluateAsync<string[]>("""
                () => [...document.querySelectorAll('body *')].filter(one => one.checkVisibility() && !one.closest('.sr, .choice input, svg'))
                  .filter(one => { const box = one.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
                  .filter(one => !one.closest('.seadragon')).map(one => one.tagName + '#' + one.id)
                """);
            Assert.True(overhang.Length == 0, string.Join(' ', overhang));
        }
        Assert.False(await page.Page.EvaluateAsync<bool>("() => (panel => panel.scrollWidth > panel.clientWidth)(document.getElementById('panel'))"));
        var face = await page.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        Assert.Equal(dark ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)", face);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task By_keys_alone_a_slide_is_chosen_looked_at_and_measured()
    {
        DrawnSlide.AddResults(_folder["out"], DrawnSlide.Write(_folder["slides/two.tif"]), "two");
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        await using var page = await _browser.Open(viewer);
        var keys = page.Page.Keyboard;
        await keys.PressAsync("j");
        await page.Page.WaitForFunctionAsync("() => document.getElementById('title').textContent === 'two'");
        await page.Settle();
        var before = (await page.View())[2];
        await keys.PressAsync("+");
        await keys.PressAsync("ArrowRight");
        await page.Settle();
        Assert.True((await page.View())[2] > 1.3 * before);
        await keys.PressAsync("m");
        await keys.PressAsync("Space");
        await keys.PressAsync("ArrowLeft");
        await page.Settle();
        await keys.PressAsync("Space");
        await keys.PressAsync("Enter");
        Assert.EndsWith("µm", await page.Text("#measured"));
        // Also where the slide has been clicked at, whose own keys are others.
        await keys.PressAsync("Escape");
        await page.Page.ClickAsync("#pane-a");
        await keys.PressAsync("h");
        Assert.True(await page.Page.IsCheckedAsync("#heat"));
        await keys.PressAsync("?");
        Assert.Contains("curtain", await page.Text("#help"));
        await keys.PressAsync("Escape");
        // Whatever the mouse reaches the Tab key reaches too.
        var reached = await page.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('button, input, select, [role=slider]')]
              .filter(one => one.checkVisibility() && !one.disabled && one.tabIndex < 0)
              .map(one => one.id || one.outerHTML)
            """);
        Assert.Empty(reached);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Results_that_come_appear_in_the_list_and_on_the_slide()
    {
        var slide = DrawnSlide.Write(_folder["slides/two.tif"]);
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        await using var page = await _browser.Open(viewer);
        Assert.Equal(1, await page.Page.Locator("#list li").CountAsync());
        DrawnSlide.AddResults(_folder["out"], slide, "two");
        await page.Page.WaitForFunctionAsync("() => document.querySelectorAll('#list li').length === 2");
        await page.Page.WaitForFunctionAsync("() => /stroma 0.01 mm²/.test(document.querySelector('#list li:nth-child(2)').textContent)");
        await page.Page.ClickAsync("#list li:nth-child(2) button");
        await page.Page.WaitForFunctionAsync("() => document.getElementById('title').textContent === 'two'");
        await page.Settle();
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_broken_slide_is_told_of_in_the_list_and_cannot_be_chosen()
    {
        _folder.Write("slides/broken.png", "no picture");
        using var viewer = SlideViewer.Start(new([_folder["slides"]]));
        await using var page = await _browser.Open(viewer);
        await page.Page.WaitForFunctionAsync("() => /broken.png/.test(document.querySelector('#list .bad')?.textContent)");
        Assert.True(await page.Page.Locator("#list button", new() { HasText = "broken" }).IsDisabledAsync());
        Assert.Equal("one", await page.Text("#title"));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_name_is_text_and_never_markup()
    {
        DrawnSlide.AddResults(_folder["out"], DrawnSlide.Write(_folder["slides/<img src=x onerror=alert(1)>.tif"]), "<img src=x onerror=alert(1)>");
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        await using var page = await _browser.Open(viewer);
        Assert.Contains("<img src=x onerror=alert(1)>", await page.Text("#list"));
        Assert.Equal(0, await page.Page.Locator("#list b img").CountAsync());
        page.AssertNoErrors();
    }
}
