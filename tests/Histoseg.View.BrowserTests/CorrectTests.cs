using Histoseg.Segmentation.Review;
using Histoseg.Slides.Annotations;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>Regions marked, redrawn and added by mouse and keys are in the file that is saved.</summary>
[Trait("Category", "Browser")]
public sealed class CorrectTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private const string Bare = "slide=x&on=l&fillOpacity=30&mode=single";

    private readonly TempFolder _folder = new();
    private SlideViewer? _viewer;

    public void Dispose()
    {
        _viewer?.Dispose();
        _folder.Dispose();
    }

    private string Places => ReviewRun.FileOf(_folder["out"], "one");

    private async Task<ViewerPage> Open(bool reviews = true)
    {
        DrawnSlide.WriteAll(_folder);
        if (reviews)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Places)!);
            File.WriteAllText(Places, Boxes.Collection(("to review", 300, 100, 900, 700), ("tumour", 400, 200, 800, 600), ("to review", 1100, 700, 1500, 1100),
                ("stroma", 1200, 800, 1400, 1000)));
        }
        _viewer = SlideViewer.Start(new([_folder["out"]]));
        return await browser.Open(_viewer, hash: Bare);
    }

    private static async Task<string[]> Saved(ViewerPage page, string file)
    {
        await page.Save();
        return [.. AnnotationFile.Load(file).Regions.Select(region => region.Group)];
    }

    [SkippableFact]
    public async Task Places_are_gone_through_and_count_once_they_are_reviewed()
    {
        await using var page = await Open();
        Assert.Equal("0 of 2 places reviewed", await page.Text("#corrected"));
        await page.Page.Keyboard.PressAsync("]");
        await page.Settle();
        var (x, y) = await page.Place(600, 400);
        var size = page.Page.ViewportSize!;
        Assert.InRange(x, size.Width * 0.3, size.Width * 0.7);
        Assert.InRange(y, size.Height * 0.3, size.Height * 0.7);
        await page.Page.Keyboard.PressAsync("v");
        Assert.Equal(["reviewed", "tumour", "to review", "stroma"], await Saved(page, Places));
        Assert.Equal("1 of 2 places reviewed · saved", await page.Text("#corrected"));
        await page.Page.ClickAsync("#place-after");
        await page.Page.ClickAsync("#reviewed");
        Assert.Equal(["reviewed", "tumour", "reviewed", "stroma"], await Saved(page, Places));
        await page.Page.ClickAsync("#reviewed");
        Assert.Equal(["reviewed", "tumour", "to review", "stroma"], await Saved(page, Places));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task In_a_place_regions_go_change_their_class_and_are_drawn()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("#marking");
        await page.Click(600, 400);
        await page.Page.Keyboard.PressAsync("w");
        Assert.Equal(["to review", "to review", "stroma"], await Saved(page, Places));
        await page.Page.Keyboard.PressAsync("u");
        Assert.Equal(["to review", "tumour", "to review", "stroma"], await Saved(page, Places));

        await page.Click(1300, 900);
        await page.Page.SelectOptionAsync("#class", "tumour");
        Assert.Equal(["to review", "tumour", "to review", "tumour"], await Saved(page, Places));

        await page.Page.FocusAsync("#class");
        await page.Page.SelectOptionAsync("#class", "stroma");
        await page.Page.Keyboard.PressAsync("q"); // the keys are the page's again
        foreach (var (x, y) in new[] { (320, 620), (420, 620), (420, 690), (320, 690) })
            await page.Click(x, y);
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal(["to review", "tumour", "to review", "tumour", "stroma"], await Saved(page, Places));
        var drawn = AnnotationFile.Load(Places).Regions[^1].Bounds;
        Assert.InRange(drawn.Left, 310, 330);
        Assert.InRange(drawn.Bottom, 680, 700);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Without_places_what_is_marked_brings_its_own_reviewed_part()
    {
        await using var page = await Open(reviews: false);
        var file = _folder["slides/one.corrections.geojson"];
        await page.Page.Keyboard.PressAsync("x");
        await page.Click(600, 400);
        await page.Page.ClickAsync("#right");
        Assert.Equal(["tumour", "reviewed"], await Saved(page, file));
        await page.Click(1300, 900);
        await page.Page.ClickAsync("#wrong");
        Assert.Equal(["tumour", "reviewed", "background", "reviewed"], await Saved(page, file));
        // Read again it is the same, and can be taken back as one.
        await page.Page.ReloadAsync();
        await page.Settle();
        await page.Page.Keyboard.PressAsync("x");
        await page.Click(1300, 900);
        await page.Page.SelectOptionAsync("#class", "stroma");
        Assert.Equal(["tumour", "reviewed", "stroma", "reviewed"], await Saved(page, file));
        page.AssertNoErrors();
    }
}
