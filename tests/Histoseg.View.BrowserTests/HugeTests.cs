using System.Diagnostics;

namespace Histoseg.View.BrowserTests;

/// <summary>A slide of eight thousand million pixels with a hundred thousand polygons is looked at without waiting.</summary>
[Trait("Category", "Browser")]
public sealed class HugeTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_hundred_thousand_polygons_move_at_thirty_frames_a_second()
    {
        Browser.Require();
        using var viewer = SlideViewer.Start(new([HugeSlide.Write(_folder)]));
        await using var page = await browser.Open(viewer, hash: "slide=x&on=lo&fillOpacity=100&lineWidth=2");
        Assert.True(await page.Page.EvaluateAsync<double>("async () => (await import('./app.js')).workspace.main.view.scale") < 0.02);

        Assert.Equal(255, (await page.Over(24_000, 24_000))[3]);
        await page.Page.EvaluateAsync("async () => (await import('./app.js')).workspace.main.go(61200, 48100, 0.25, true)");
        await page.Settle();
        var (x, y) = HugeSlide.MiddleOf(254 + 199 * HugeSlide.Columns);
        Assert.InRange((await page.Over(x + HugeSlide.Radius, y))[3], 180, 255);
        Assert.Equal(0, (await page.Over(x, y))[3]);

        foreach (var scale in new[] { 0.25, 0.05, 0.01 })
        {
            var rates = new List<(double ByClock, double ByWork)>();
            while (rates.Count < 3 && rates.All(rate => Math.Max(rate.ByClock, rate.ByWork) < 30))
                rates.Add(await FrameRate(page, scale));
            Assert.True(rates.Any(rate => Math.Max(rate.ByClock, rate.ByWork) >= 30),
                $"{string.Join("; ", rates.Select(rate => Figures.Text($"{rate.ByClock:0.0} by the clock, {rate.ByWork:0.0} by work")))} at scale {scale}");
        }
        page.AssertNoErrors();
    }

    // Moves over the slide, 4 pixels of the screen a frame, for two seconds. By the clock, and by the time that all threads of the browser were at work, as if
    // one did all of it: that a machine is busy with other things is no fault of the page.
    private static async Task<(double ByClock, double ByWork)> FrameRate(ViewerPage page, double scale)
    {
        await page.Page.EvaluateAsync("async scale => (await import('./app.js')).workspace.main.go(50000, 40000, scale, true)", scale);
        await page.Settle();
        var before = Work();
        var frames = await page.Page.EvaluateAsync<double[]>("""
            async () => {
              const { workspace } = await import('./app.js');
              const pane = workspace.main, { viewport } = pane.viewer;
              const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
              const right = viewport.getCenter().minus(viewport.getCenter()).plus({ x: 4 / (pane.view.scale * pane.slide.width), y: 0 });
              const start = performance.now(), drawn = pane.frames;
              let frames = 0;
              for (; performance.now() - start < 2000; frames++) {
                viewport.panBy(right, true);
                await frame();
              }
              return [Math.min(frames, pane.frames - drawn), (performance.now() - start) / 1000];
            }
            """);
        return (frames[0] / frames[1], frames[0] / (Work() - before));
    }

    private static double Work()
    {
        var seconds = 0.0;
        foreach (var process in Process.GetProcessesByName(Path.GetFileName(Browser.Program!)))
            using (process)
                seconds += process.TotalProcessorTime.TotalSeconds;
        return seconds;
    }

    [SkippableFact]
    public async Task Places_of_a_huge_slide_are_where_they_are()
    {
        Browser.Require();
        using var viewer = SlideViewer.Start(new([HugeSlide.Write(_folder)]));
        await using var page = await browser.Open(viewer, hash: "slide=x&on=-");
        foreach (var (column, row) in new[] { (0, 0), (194, 155), (97, 60) })
        {
            var (x, y) = (column * 512 + 256, row * 512 + 256);
            await page.Page.EvaluateAsync("async ([x, y]) => (await import('./app.js')).workspace.main.go(x, y, 1, true)", new[] { x, y });
            await page.Settle();
            var pixel = await page.Page.EvaluateAsync<int[]>("""
                async ([x, y]) => {
                  const { workspace } = await import('./app.js');
                  const { view, viewer } = workspace.main, pixel = new OffscreenCanvas(1, 1).getContext('2d');
                  pixel.drawImage(viewer.drawer.canvas, -Math.round((x - view.x) * view.scale), -Math.round((y - view.y) * view.scale));
                  return [...pixel.getImageData(0, 0, 1, 1).data];
                }
                """, new[] { x, y });
            var (red, green, blue) = HugeSlide.ColourOfTile(column, row);
            Assert.All(pixel.Take(3).Zip(new int[] { red, green, blue }), pair => Assert.InRange(pair.First, pair.Second - 2, pair.Second + 2));
        }
        Assert.Contains("20 mm", await page.Text("#facts"));
        page.AssertNoErrors();
    }
}
