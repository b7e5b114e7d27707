using System.Globalization;
using System.Text.RegularExpressions;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>Every control of the page does what it says, seen by the pixels over the slide.</summary>
[Trait("Category", "Browser")]
public sealed class ControlTests : IClassFixture<Browser>, IDisposable
{
    private static readonly int[] Nothing = [0, 0, 0, 0], Tumour = [255, 196, 0, 255], Stroma = [0, 110, 255, 255];
    private static readonly int[] Extra = [230, 97, 0, 255], Missed = [93, 58, 155, 255];

    private readonly Browser _browser;
    private readonly TempFolder _folder = new();
    private readonly Lazy<SlideViewer> _viewer;

    public ControlTests(Browser browser)
    {
        _browser = browser;
        _viewer = new(() =>
        {
            DrawnSlide.WriteAll(_folder);
            return SlideViewer.Start(new([_folder["out"]]));
        });
    }

    public void Dispose()
    {
        if (_viewer.IsValueCreated)
            _viewer.Value.Dispose();
        _folder.Dispose();
    }

    // Labels alone and covering, so that the pixels over the slide are the classes' colours.
    private const string Bare = "slide=x&on=l&fillOpacity=100&mode=single";

    private Task<ViewerPage> Open(string hash = Bare) => _browser.Open(_viewer.Value, hash: hash);

    [SkippableFact]
    public async Task The_overlay_has_the_colours_of_the_classes_at_their_places()
    {
        await using var page = await Open();
        Assert.Equal([Tumour, Tumour, Stroma, Nothing, Nothing, Nothing],
            [await page.Over(410, 210), await page.Over(790, 590), await page.Over(1300, 900), await page.Over(390, 400), await page.Over(810, 400),
                await page.Over(1300, 1010)]);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_class_goes_by_its_box_and_by_its_key_and_takes_another_colour()
    {
        await using var page = await Open();
        await page.Page.UncheckAsync("[data-label='1']");
        await page.Settle();
        Assert.Equal([Nothing, Stroma], [await page.Over(600, 400), await page.Over(1300, 900)]);
        await page.Page.Keyboard.PressAsync("1");
        await page.Page.Keyboard.PressAsync("2");
        await page.Settle();
        Assert.Equal([Tumour, Nothing], [await page.Over(600, 400), await page.Over(1300, 900)]);
        await page.Page.FillAsync("#class-list input[type=color] >> nth=0", "#12ab34");
        await page.Settle();
        Same([0x12, 0xab, 0x34, 255], await page.Over(600, 400));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Opacity_and_the_threshold_of_the_heat_map_ask_nothing_of_the_server()
    {
        await using var page = await Open("slide=x&on=h&heatOpacity=100&threshold=50");
        Same([255, 255, 0], [(await page.Over(600, 400))[3], (await page.Over(1300, 900))[3], (await page.Over(100, 100))[3]]);
        var before = page.Requests.Count(path => path.Contains("/heat/"));
        await page.Slide("threshold", 60); // stroma has 140 of 255
        await page.Settle();
        Same([255, 0, 0], [(await page.Over(600, 400))[3], (await page.Over(1300, 900))[3], (await page.Over(100, 100))[3]]);
        await page.Slide("threshold", 0);
        await page.Slide("heat-opacity", 40);
        await page.Settle();
        Same([102, 102, 102], [(await page.Over(600, 400))[3], (await page.Over(1300, 900))[3], (await page.Over(100, 100))[3]]);
        Assert.Equal(before, page.Requests.Count(path => path.Contains("/heat/")));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Truth_and_differences_are_shown_where_they_are()
    {
        await using var page = await Open();
        await page.Choose("show", "truth");
        Assert.Equal([Nothing, Tumour, Nothing, Nothing],
            [await page.Over(450, 400), await page.Over(850, 400), await page.Over(650, 350), await page.Over(1300, 900)]);
        await page.Choose("show", "differences");
        Assert.Equal([Extra, Missed, Extra, Extra, Nothing],
            [await page.Over(450, 400), await page.Over(850, 400), await page.Over(650, 350), await page.Over(1300, 900), await page.Over(550, 250)]);
        Assert.Contains("annotated, not predicted", await page.Text("#class-list"));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Side_by_side_both_panes_move_together()
    {
        await using var page = await Open();
        await page.Choose("mode", "split");
        Assert.Equal([Tumour, Nothing], [await page.Over(450, 400), await page.Over(450, 400, pane: 1)]);
        Assert.Equal([Nothing, Tumour], [await page.Over(850, 400), await page.Over(850, 400, pane: 1)]);
        var other = (await page.Page.Locator("#pane-b").BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(other.X + 100, other.Y + 300);
        for (var i = 0; i < 4; i++)
            await page.Page.Mouse.WheelAsync(0, -200);
        await page.Settle();
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(other.X + 180, other.Y + 340, new() { Steps = 5 });
        await page.Page.Mouse.UpAsync();
        await page.Settle();
        var (one, two) = (await page.View(), await page.View(1));
        Assert.True(one[2] > 0.5, $"scale {one[2]}");
        Assert.All(one.Zip(two), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * Math.Abs(pair.First) + 1e-6));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task The_curtain_parts_prediction_and_truth_and_is_drawn_by_mouse_and_keys()
    {
        await using var page = await Open(Bare.Replace("single", "curtain"));
        async Task CurtainAt(double x)
        {
            var (to, y) = await page.Place(x, 1100);
            var curtain = (await page.Page.Locator("#curtain").BoundingBoxAsync())!;
            await page.Page.Mouse.MoveAsync(curtain.X + curtain.Width / 2, y);
            await page.Page.Mouse.DownAsync();
            await page.Page.Mouse.MoveAsync(to, y, new() { Steps = 4 });
            await page.Page.Mouse.UpAsync();
            await page.Settle();
        }
        await CurtainAt(1500);
        Assert.Equal([Tumour, Nothing], [await page.Over(450, 400), await page.Over(850, 400)]);
        await CurtainAt(200);
        Assert.Equal([Nothing, Tumour], [await page.Over(450, 400), await page.Over(850, 400)]);
        await page.Page.FocusAsync("#curtain");
        await page.Page.Keyboard.PressAsync("End");
        await page.Settle();
        Assert.Equal([Tumour, Nothing], [await page.Over(450, 400), await page.Over(850, 400)]);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Outlines_lie_on_the_edges_of_regions()
    {
        await using var page = await Open("slide=x&on=o&lineWidth=3");
        Same(new[] { 255, 196, 0 }, (await page.Over(400, 400))[..3]);
        Same(new[] { 0, 110, 255 }, (await page.Over(1300, 800))[..3]);
        Assert.Equal(Nothing, await page.Over(600, 400));
        await page.Page.CheckAsync("#annotated");
        await page.Settle();
        Assert.NotEqual(0, (await page.Over(900, 420))[3]);
        Assert.NotEqual(0, (await page.Over(200, 900))[3]); // of the vessel, which is no class
        Assert.Contains("vessel", await page.Text("#class-list"));
        await page.Page.UncheckAsync("#outlines");
        await page.Settle();
        Assert.Equal(Nothing, await page.Over(1300, 800));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task The_scale_bar_is_as_long_as_it_says()
    {
        await using var page = await Open();
        for (var i = 0; i < 3; i++)
        {
            var (value, unit) = (Regex.Match(await page.Text("#scale-text"), @"^([\d.]+) (µm|mm)$") is { Success: true } match
                ? (double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value) : (0, ""));
            var line = await page.Page.EvaluateAsync<double>("() => parseFloat(document.getElementById('scale-line').style.width)");
            Assert.Equal(value * (unit == "mm" ? 1000 : 1), line / (await page.View())[2] * DrawnSlide.Microns, 0.01);
            await page.Page.ClickAsync("[data-zoom=in]");
            await page.Settle();
        }
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task The_pointer_tells_place_class_truth_and_probability()
    {
        await using var page = await Open("slide=x&on=lh");
        await page.Choose("show", "differences"); // so that truth is here too
        var (x, y) = await page.Place(850, 401);
        await page.Page.Mouse.MoveAsync(x, y);
        var text = await page.Text("#probe");
        Assert.Matches(@"^8(49|50|51), 40[0-3] px · 42\d µm, 20\d µm · prediction background · truth tumour · p 0\.08$", text);
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Distances_and_areas_are_measured()
    {
        await using var page = await Open();
        async Task Click(double x, double y)
        {
            var (left, top) = await page.Place(x, y);
            await page.Page.Mouse.ClickAsync(left, top);
            await page.Page.WaitForTimeoutAsync(400); // no double click
        }
        await page.Page.ClickAsync("#distance");
        await Click(400, 600);
        await Click(800, 600);
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.InRange(Number(await page.Text("#measured"), "µm"), 198, 202);
        await page.Page.Keyboard.PressAsync("a");
        foreach (var (x, y) in new[] { (400, 200), (800, 200), (800, 600), (400, 600) })
            await Click(x, y);
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.InRange(Number(await page.Text("#measured"), "mm²"), 0.0395, 0.0405);
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("Delete");
        Assert.Equal("", await page.Text("#measured"));
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task Regions_are_gone_to_by_size_by_difference_and_by_doubt()
    {
        await using var page = await Open();
        async Task<double[]> Go(string order, string key)
        {
            if (await page.Page.InputValueAsync("#order") != order)
                await page.Page.FocusAsync("#order");
            await page.Page.SelectOptionAsync("#order", order);
            await page.Page.Keyboard.PressAsync(key);
            await page.Page.WaitForFunctionAsync("() => / of /.test(document.getElementById('region').textContent)");
            await page.Settle();
            var view = await page.View();
            var pane = (await page.Page.Locator("#pane-a").BoundingBoxAsync())!;
            return [Math.Round(view[0] + pane.Width / 2 / view[2]), Math.Round(view[1] + pane.Height / 2 / view[2])];
        }
        Same([600, 400], await Go("size", "."));
        Assert.StartsWith("1 of 2: tumour, 0.04 mm²", await page.Text("#region"));
        Same([1300, 900], await Go("size", "."));
        Same([600, 400], await Go("size", ","));
        Same([1300, 900], await Go("unsure", "."));
        Assert.Contains("uncertainty 90 %", await page.Text("#region"));
        Assert.Contains("of 4:", await Go("wrong", ".") is { } ? await page.Text("#region") : "");
        page.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_link_leads_to_the_same_view()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("[data-zoom=in]");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Choose("show", "differences");
        await page.Page.ClickAsync("#link");
        await page.Page.WaitForFunctionAsync("() => document.getElementById('measured').textContent !== ''");
        var link = await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        Assert.DoesNotContain("token", link);
        await using var again = await _browser.Open(_viewer.Value, hash: new Uri(link).Fragment[1..]);
        var (one, two) = (await page.View(), await again.View());
        Assert.All(one.Zip(two), pair => Assert.Equal(pair.First, pair.Second, 0.2));
        Assert.Equal(Missed, await again.Over(850, 400));
        again.AssertNoErrors();
    }

    [SkippableFact]
    public async Task A_picture_has_slide_overlay_and_scale_bar()
    {
        await using var page = await Open();
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.ClickAsync("#save"));
        Assert.Equal("one.png", download.SuggestedFilename);
        await download.SaveAsAsync(_folder["view.png"]);
        using var picture = NetVips.Image.NewFromFile(_folder["view.png"]);
        var box = (await page.Page.Locator("#pane-a").BoundingBoxAsync())!;
        Assert.Equal(((int)box.Width, (int)box.Height), (picture.Width, picture.Height));
        var (x, y) = await page.Place(600, 400);
        Same(new[] { 255.0, 196, 0 }, picture.Getpoint((int)(x - box.X), (int)(y - box.Y))[..3]);
        (x, y) = await page.Place(1000, 700);
        var (red, green, blue) = DrawnSlide.ColourAt(1000, 700);
        var tissue = picture.Getpoint((int)(x - box.X), (int)(y - box.Y))[..3];
        Assert.All(tissue.Zip(new double[] { red, green, blue }), pair => Assert.InRange(pair.First, pair.Second - 4, pair.Second + 4));
        Same(new[] { 31.0, 35, 40 }, picture.Getpoint(30, picture.Height - 22)[..3]); // the bar
        page.AssertNoErrors();
    }

    private static void Same<T>(T[] expected, T[] actual) => Assert.Equal(expected, actual);

    private static double Number(string text, string unit) =>
        Regex.Match(text, $@"^([\d.,]+) {unit}") is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : double.NaN;
}
