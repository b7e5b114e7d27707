using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Vips;
using Histoseg.Training.Reports;
using Histoseg.View.Tests;

namespace Histoseg.View.BrowserTests;

/// <summary>Pages that are files: the report of a run and the page of a batch, on a telephone and a desk, light and dark.</summary>
[Trait("Category", "Browser")]
public sealed class WrittenPageTests : IClassFixture<Browser>, IDisposable
{
    private const string Name = "TCGA-CR-7395-01A-01-TS1.a3f1c9d2-5e07-4a1b-9c55-0f1e2d3c4b5a_scanned_again_after_restaining";

    private readonly Browser _browser;
    private readonly TempFolder _folder = new();

    public WrittenPageTests(Browser browser) => _browser = browser;

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("report.html", 420, false)]
    [InlineData("report.html", 420, true)]
    [InlineData("report.html", 1280, true)]
    [InlineData("index.html", 420, false)]
    [InlineData("index.html", 420, true)]
    [InlineData("index.html", 1280, false)]
    public async Task They_fit_the_window_and_their_pictures_fill_it_when_clicked(string file, int width, bool dark)
    {
        Browser.Require();
        WriteReport();
        WriteBatch();
        await using var page = await _browser.Window(width, 900, dark);
        await page.Page.GotoAsync(new Uri(_folder[file]).AbsoluteUri);
        Assert.Equal(width, await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        var face = await page.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        Assert.Equal(dark ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)", face);

        var picture = page.Page.Locator("img").First;
        Assert.Contains(Name, await picture.GetAttributeAsync("alt"));
        async Task<float> Width() => (await picture.BoundingBoxAsync())!.Width;
        var before = await Width();
        Assert.InRange(before, 40, width - 20);
        var box = page.Page.Locator(".zoom:has(img) input").First;
        await box.ClickAsync();
        Assert.Equal(width, await Width());
        await box.ClickAsync();
        Assert.Equal(before, await Width());
        await box.FocusAsync();
        await page.Page.Keyboard.PressAsync("Space");
        Assert.Equal(width, await Width());
        page.AssertNoErrors();
    }

    private void WriteReport()
    {
        var picture = new byte[64 * 64 * 3];
        picture.AsSpan().Fill(150);
        var jpeg = Pictures.ToJpegBytes(picture, 64, 64);
        var (large, score) = (new ReportPicture($"{Name}: Dice tumour 0.284", jpeg, jpeg, jpeg), new double[] { 0.5, 0.25, 0.125 });
        TrainingReport.Write(_folder["report.html"], new()
        {
            Title = Name,
            Classes = DrawnSlide.Classes,
            Headlines = [new("held-out Dice, tumour", "0.912", "1 slide, all pixels"), new("training", "4 min 12 s", Name)],
            Metrics = [new(1, 1, 1, 1, 1, 1, 1, 1, score), new(2, 1, 1, 1, 1, 1, 1, 1, score)],
            Results = [new(Name, "val", score, score)],
            Slides = [large],
            Worst = [large],
            Seen = [new(Name, jpeg, jpeg)],
            Config = $"data: {{ manifest: {Name} }}",
        });
    }

    private void WriteBatch()
    {
        var overlay = OutputKinds.Overlay.RelativePath(Name);
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[overlay])!);
        Pictures.WritePng(_folder[overlay], new byte[300 * 200 * 3], 300, 200);
        new DoneRecord(new DoneKey { Slide = Name, Bytes = 1, ModifiedUtc = default, Model = "m", MicronsPerPixel = 1, PatchSize = 64 }, [overlay], null)
            .Save(_folder.Root, Name);
        BatchPage.Write(_folder.Root);
    }
}
