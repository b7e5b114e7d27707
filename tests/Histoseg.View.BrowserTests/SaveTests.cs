using System.Text.Json.Nodes;
using Histoseg.Slides.Annotations;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>Saving keeps what other programs wrote, and what cannot be saved just now is neither lost nor passed over in silence.</summary>
[Trait("Category", "Browser")]
public sealed class SaveTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private const string Bare = "slide=x&on=l&fillOpacity=30&mode=single";

    // Two parts of a carcinoma, an area without a class, a point, and a vessel in a colour of its own.
    private const string OfQuPath = """
        {"type":"FeatureCollection","made":{"by":"QuPath","version":"0.6.0"},"features":[
        {"type":"Feature","id":"7c1f","geometry":{"type":"MultiPolygon","coordinates":[[[[20,20],[120,20],[120,120],[20,120],[20,20]],
         [[40.125,40],[60,40],[60,60],[40.125,40]]],[[[200,20],[300,20],[300,120],[200,120],[200,20]]]]},
         "properties":{"objectType":"annotation","name":"first","classification":{"names":["tumour","in situ"],"color":[12,34,56]},
         "isLocked":true,"measurements":{"Area µm^2":2500.25,"Solidity":NaN}}},
        {"type":"Feature","id":"7c20","geometry":{"type":"Polygon","coordinates":[[[900,20],[1000,20],[1000,120],[900,20]]]},
         "properties":{"objectType":"annotation"}},
        {"type":"Feature","id":"7c21","geometry":{"type":"Point","coordinates":[5,5]},"properties":{"note":"NaN \" NaN"}},
        {"type":"Feature","id":"7c22","geometry":{"type":"Polygon","coordinates":[[[1100,20],[1200,20],[1200,120],[1100,120],[1100,20]]]},"plane":{"z":1},
         "properties":{"objectType":"annotation","name":"a vessel","classification":{"name":"vessel","color":[200,1,2]},"measurements":{"Length":3}}}]}
        """;

    private readonly TempFolder _folder = new();
    private SlideViewer? _viewer;

    public void Dispose()
    {
        _viewer?.Dispose();
        _folder.Dispose();
    }

    private string Saved => _folder["slides/one.corrections.geojson"];

    private string[] Groups => [.. AnnotationFile.Load(Saved).Regions.Select(region => region.Group)];

    private async Task<ViewerPage> Open(string? corrections = null)
    {
        DrawnSlide.WriteAll(_folder);
        if (corrections is not null)
            File.WriteAllText(Saved, corrections);
        DrawnSlide.AddResults(_folder["out"], DrawnSlide.Write(_folder["slides/two.tif"]), "two");
        _viewer = SlideViewer.Start(new([_folder["out"]]));
        return await browser.Open(_viewer, hash: Bare);
    }

    private static JsonArray Features(string text) => JsonNode.Parse(text.Replace(":NaN", ":\"none\"", StringComparison.Ordinal))!["features"]!.AsArray();

    private static void Same(JsonNode? expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected}\nis not\n{actual}");

    private static Task Unreachable(ViewerPage page) => page.Page.RouteAsync("**/corrections?*", route =>
        route.Request.Method == "PUT" ? route.AbortAsync() : route.ContinueAsync());

    private static Task<bool> Warns(ViewerPage page) =>
        page.Page.EvaluateAsync<bool>("() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))");

    private static async Task MarkTumour(ViewerPage page)
    {
        await page.Page.Keyboard.PressAsync("x");
        await page.Click(700, 500);
        await page.Page.Keyboard.PressAsync("r");
    }

    [SkippableFact]
    public async Task What_another_program_wrote_and_nobody_changed_is_written_back_as_it_was()
    {
        await using var page = await Open(OfQuPath);
        Assert.Equal("4 corrections", await page.Text("#corrected"));
        await page.Page.Keyboard.PressAsync("q");
        foreach (var (x, y) in new[] { (320, 720), (520, 720), (520, 890) })
            await page.Click(x, y);
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Save();
        var text = File.ReadAllText(Saved);
        var (before, after) = (Features(OfQuPath), Features(text));
        Assert.Equal(6, after.Count); // with the region and the part that it has reviewed
        for (var i = 0; i < before.Count; i++)
            Same(before[i], after[i]);
        Assert.Contains("\"made\":{\"by\":\"QuPath\"", text);
        Assert.Contains("\"Solidity\":NaN", text);
        Assert.Equal("tumour", (string?)after[4]!["properties"]!["classification"]!["name"]);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task What_was_changed_keeps_its_id_and_what_still_holds_of_it()
    {
        await using var page = await Open(OfQuPath);
        await page.Page.Keyboard.PressAsync("x");
        await page.Click(1180, 60);
        await page.Page.SelectOptionAsync("#class", "stroma");
        await page.Click(250, 60);
        await page.Page.SelectOptionAsync("#class", "tumour");
        await page.Save();
        var (before, after) = (Features(OfQuPath), Features(File.ReadAllText(Saved)));
        // The first part as it was, the second one a feature of its own; none of them is as large as was measured.
        var expected = before[0]!.DeepClone();
        expected["properties"]!.AsObject().Remove("measurements");
        expected["geometry"]!["coordinates"]!.AsArray().RemoveAt(1);
        Same(expected, after[0]);
        Assert.Null(after[1]!["id"]);
        Assert.Equal("first", (string?)after[1]!["properties"]!["name"]);
        Same(JsonNode.Parse("""{"name":"tumour","color":[255,196,0]}"""), after[1]!["properties"]!["classification"]);
        Same(before[0]!["geometry"]!["coordinates"]![1], after[1]!["geometry"]!["coordinates"]);
        Same(before[1], after[2]);
        Same(before[2], after[3]);
        expected = before[3]!.DeepClone();
        expected["properties"]!["classification"] = JsonNode.Parse("""{"name":"stroma","color":[0,110,255]}""");
        Same(expected, after[4]);
        // Taken back, all is as it was.
        await page.Page.Keyboard.PressAsync("u");
        await page.Page.Keyboard.PressAsync("u");
        await page.Save();
        Same(before, Features(File.ReadAllText(Saved)));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task What_cannot_be_saved_is_said_tried_again_and_kept_across_slides()
    {
        await using var page = await Open();
        Assert.False(await Warns(page));
        await Unreachable(page);
        await MarkTumour(page);
        await page.Says("#why-unsaved", "one are not saved: engine view cannot be reached");
        Assert.True(await page.IsInWindow("#unsaved"));
        Assert.False(await page.Page.IsVisibleAsync("#take-up"));
        Assert.True(await Warns(page));
        // Another slide and back: it is said there too, and nothing is lost.
        await page.Page.Keyboard.PressAsync("j");
        await page.Says("#title", "two");
        await page.Settle();
        Assert.True(await page.Page.IsVisibleAsync("#unsaved"));
        Assert.True(await Warns(page));
        await page.Page.Keyboard.PressAsync("k");
        await page.Says("#title", "one");
        await page.Settle();
        Assert.StartsWith("1 correction · not saved", await page.Text("#corrected"));
        await page.Page.Keyboard.PressAsync("j");
        await page.Says("#title", "two");
        Assert.False(File.Exists(Saved));
        await page.Page.UnrouteAllAsync();
        await page.Page.WaitForSelectorAsync("#unsaved", new() { State = Microsoft.Playwright.WaitForSelectorState.Hidden });
        Assert.Equal(["tumour", "reviewed"], Groups);
        Assert.False(await Warns(page));
    }

    [SkippableFact]
    public async Task What_was_saved_without_an_answer_is_no_change_by_another_program()
    {
        await using var page = await Open();
        await page.Page.RouteAsync("**/corrections?*", async route =>
        {
            if (route.Request.Method != "PUT")
            {
                await route.ContinueAsync();
                return;
            }
            await route.FetchAsync();
            await route.AbortAsync();
        }, new() { Times = 1 });
        await MarkTumour(page);
        await page.Says("#corrected", "not saved");
        await page.Says("#corrected", "saved$");
        Assert.False(await page.Page.IsVisibleAsync("#unsaved"));
        Assert.Equal(["tumour", "reviewed"], Groups);
    }

    [SkippableFact]
    public async Task Where_another_program_has_saved_its_file_is_taken_up_under_the_changes()
    {
        await using var page = await Open(Boxes.Collection(("stroma", 20, 20, 100, 100), ("reviewed", 20, 20, 100, 100), ("stroma", 200, 20, 300, 100),
            ("stroma", 400, 20, 500, 100)));
        var other = Boxes.Collection(("stroma", 20, 20, 100, 100), ("reviewed", 20, 20, 100, 100), ("stroma", 400, 20, 500, 100),
            ("vessel", 1400, 20, 1500, 100));
        File.WriteAllText(Saved, other);
        await page.Page.Keyboard.PressAsync("x");
        await page.Click(60, 60);
        await page.Page.SelectOptionAsync("#class", "tumour");
        await page.Click(450, 60);
        await page.Page.Keyboard.PressAsync("r");
        await page.Click(700, 500);
        await page.Page.Keyboard.PressAsync("r");
        await page.Says("#why-unsaved", "another program has changed the corrections of one");
        Assert.True(await page.IsInWindow("#take-up"));
        Assert.True(await Warns(page));
        await page.Page.WaitForTimeoutAsync(1000);
        Assert.Equal(other, File.ReadAllText(Saved)); // nothing over it
        await page.Page.ClickAsync("#take-up");
        await page.Page.WaitForSelectorAsync("#unsaved", new() { State = Microsoft.Playwright.WaitForSelectorState.Hidden });
        await page.Save();
        Assert.Equal(["stroma", "tumour", "tumour", "vessel", "reviewed", "reviewed", "reviewed"],
            Groups.OrderBy(name => name == "reviewed").ThenBy(name => name));
        Assert.False(await Warns(page));
        await page.Page.ClickAsync("#undo");
        await page.Save();
        Same(JsonNode.Parse(other), JsonNode.Parse(File.ReadAllText(Saved)));
        Assert.StartsWith("3 corrections", await page.Text("#corrected"));
    }

    [SkippableFact]
    public async Task A_file_that_cannot_be_read_is_said_and_left_alone()
    {
        await using var page = await Open("{\"type\":\"FeatureCollection\",\"features\":[");
        await page.Says("#message", "cannot be corrected");
        Assert.False(await page.Page.IsVisibleAsync("#correct"));
        await page.Page.Keyboard.PressAsync("x");
        Assert.Equal("one", await page.Text("#title"));
        page.AssertNoErrors();
    }
}
