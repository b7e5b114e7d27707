using Histoseg.Segmentation.Review;
using Histoseg.Slides.Annotations;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>The places of a review are gone through from slide to slide, by keys and on a telephone.</summary>
[Trait("Category", "Browser")]
public sealed class PlaceTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly TempFolder _folder = new();
    private SlideViewer? _viewer;

    public void Dispose()
    {
        _viewer?.Dispose();
        _folder.Dispose();
    }

    // Slides one and three have places, two has none.
    private async Task<ViewerPage> Open(int width = 1280, int height = 800)
    {
        DrawnSlide.WriteAll(_folder);
        foreach (var name in new[] { "three", "two" })
            DrawnSlide.AddResults(_folder["out"], DrawnSlide.Write(_folder[$"slides/{name}.tif"]), name);
        Directory.CreateDirectory(_folder["out/review"]);
        File.WriteAllText(ReviewRun.FileOf(_folder["out"], "one"),
            Boxes.Collection(("reviewed", 300, 100, 900, 700), ("tumour", 400, 200, 800, 600), ("to review", 1100, 700, 1500, 1100)));
        File.WriteAllText(ReviewRun.FileOf(_folder["out"], "three"), Boxes.Collection(("to review", 1100, 700, 1500, 1100), ("stroma", 1200, 800, 1400, 1000)));
        _viewer = SlideViewer.Start(new([_folder["out"]]));
        return await browser.Open(_viewer, width, height, hash: "slide=x&on=l&fillOpacity=30&mode=single");
    }

    [SkippableFact]
    public async Task They_are_gone_through_from_slide_to_slide_and_counted_in_the_list()
    {
        await using var page = await Open();
        await page.Says("#summary", "1 of 3 places reviewed");
        Assert.Contains("1 of 2 places reviewed", await page.Text("#list li:nth-child(1)"));
        Assert.Contains("0 of 1 places reviewed", await page.Text("#list li:nth-child(2)"));
        Assert.DoesNotContain("places", await page.Text("#list li:nth-child(3)"));
        async Task Go(string key, string title, string place, double x, double y)
        {
            await page.Page.Keyboard.PressAsync(key);
            await page.Says("#corrected", place);
            await page.Settle();
            Assert.Equal(title, await page.Text("#title"));
            var (left, top) = await page.Place(x, y);
            var box = (await page.Page.Locator("#pane-a").BoundingBoxAsync())!;
            Assert.InRange(left - box.X, box.Width * 0.45, box.Width * 0.55);
            Assert.InRange(top - box.Y, box.Height * 0.45, box.Height * 0.55);
        }
        await Go("]", "one", "place 1 of 2", 600, 400);
        await Go("]", "one", "place 2 of 2", 1300, 900);
        await Go("]", "three", "place 1 of 1", 1300, 900);
        await Go("]", "one", "place 1 of 2", 600, 400);
        await Go("[", "three", "place 1 of 1", 1300, 900);
        await Go("[", "one", "place 2 of 2", 1300, 900);
        await page.Page.ClickAsync("#place-before");
        await page.Says("#corrected", "place 1 of 2");
        await page.Page.ClickAsync("#place-after");
        await page.Says("#corrected", "place 2 of 2");
        await page.Page.Keyboard.PressAsync("v");
        await page.Says("#summary", "2 of 3 places reviewed");
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_region_that_was_drawn_again_is_gone_and_does_not_come_back()
    {
        await using var page = await Open();
        string[] Groups() => [.. AnnotationFile.Load(ReviewRun.FileOf(_folder["out"], "one")).Regions.Select(region => region.Group)];
        await page.Page.Keyboard.PressAsync("x");
        await page.Click(600, 400);
        await page.Page.Keyboard.PressAsync("e");
        foreach (var (x, y) in new[] { (450, 250), (700, 250), (700, 550) })
            await page.Click(x, y);
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.True(await page.Page.IsDisabledAsync("#right"));
        await page.Page.Keyboard.PressAsync("r"); // of nothing
        await page.Save();
        Assert.Equal(["reviewed", "tumour", "to review"], Groups());
        Assert.InRange(AnnotationFile.Load(ReviewRun.FileOf(_folder["out"], "one")).Regions[1].Bounds.Right, 690, 710);
        await page.Page.ClickAsync("#undo");
        await page.Save();
        Assert.Equal(800, AnnotationFile.Load(ReviewRun.FileOf(_folder["out"], "one")).Regions[1].Bounds.Right);
        // Undo while drawing takes back points, then the drawing.
        await page.Click(600, 400);
        await page.Page.Keyboard.PressAsync("e");
        await page.Click(450, 250);
        await page.Page.ClickAsync("#undo");
        await page.Page.ClickAsync("#undo");
        Assert.Equal("false", await page.Page.GetAttributeAsync("#add", "aria-pressed"));
        await page.Page.Keyboard.PressAsync("r");
        await page.Save();
        Assert.Equal(["reviewed", "tumour", "to review"], Groups());
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task An_outline_that_crosses_itself_is_refused_and_can_be_mended()
    {
        await using var page = await Open();
        var file = ReviewRun.FileOf(_folder["out"], "one");
        await page.Page.Keyboard.PressAsync("q");
        foreach (var (x, y) in new[] { (350, 620), (450, 680), (450, 620), (350, 680) })
            await page.Click(x, y);
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Contains("crosses itself", await page.Text("#corrected"));
        await page.Page.Keyboard.PressAsync("u");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Save();
        Assert.Equal(4, AnnotationFile.Load(file).Regions.Count);
        Assert.Equal(3, AnnotationFile.Load(file).Regions[^1].Ring.Count);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task On_a_telephone_marks_and_messages_are_on_the_stage()
    {
        await using var page = await Open(400, 800);
        async Task Told(string text)
        {
            await page.Says("#note", text);
            Assert.True(await page.IsInWindow("#note"), text);
        }
        Assert.False(await page.Page.IsVisibleAsync("#panel"));
        await page.Page.ClickAsync("#show-panel");
        await page.Page.ClickAsync("#place-after");
        await page.Page.ClickAsync("#marking");
        await page.Page.ClickAsync("#show-panel");
        await page.Settle();
        foreach (var id in new[] { "right-here", "wrong-here", "class-here" })
            Assert.True(await page.IsInWindow($"#{id}"), id);
        await page.Click(350, 150);
        await Told("There is no region here");
        await page.Click(600, 400);
        await page.Page.SelectOptionAsync("#class-here", "stroma");
        await Told("saved");
        await page.Click(600, 400);
        await page.Page.ClickAsync("#wrong-here");
        await Told("saved");
        Assert.Equal(["reviewed", "to review"], AnnotationFile.Load(ReviewRun.FileOf(_folder["out"], "one")).Regions.Select(region => region.Group));
        await page.Page.Keyboard.PressAsync("]");
        await Told("place 2 of 2");
        await page.Page.Keyboard.PressAsync("l");
        await Told("The link is copied");
        await page.Page.RouteAsync("**/corrections?*", route => route.Request.Method == "PUT" ? route.AbortAsync() : route.ContinueAsync());
        await page.Page.Keyboard.PressAsync("v");
        await page.Says("#why-unsaved", "not saved");
        Assert.True(await page.IsInWindow("#unsaved"));
    }
}
