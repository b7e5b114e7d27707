using System.Text.Json;
using Microsoft.Playwright;

namespace Histoseg.View.BrowserTests;

/// <summary>The page of a viewer, and what tests ask of it. Whatever the console says to be wrong fails the test that looks at it.</summary>
internal sealed class ViewerPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

    public ViewerPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(60_000);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                _errors.Add(message.Text);
        };
        page.PageError += (_, error) => _errors.Add(error);
        page.Request += (_, request) => Requests.Add(new Uri(request.Url).AbsolutePath);
    }

    public IPage Page { get; }

    /// <summary>Paths asked for so far.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Waits until nothing moves and all is drawn.</summary>
    public async Task Settle() => await Page.EvaluateAsync("""
        async () => {
          const { workspace } = await import('./app.js');
          const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
          const state = () => JSON.stringify(workspace.shownPanes.map(pane => pane.view));
          for (let still = 0, last = ''; still < 4;) {
            await wait(60);
            const ready = workspace.slide && workspace.shownPanes.every(pane => pane.view && pane.viewer.world.getItemAt(0)?.getFullyLoaded())
              && workspace.isDrawn();
            still = ready && state() === last ? still + 1 : 0;
            last = state();
          }
          await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        }
        """);

    /// <summary>What the first or second pane has over the slide at a place in level-0 pixels: red, green, blue, alpha.</summary>
    public async Task<int[]> Over(double x, double y, int pane = 0) => await Page.EvaluateAsync<int[]>("""
        async ([x, y, pane]) => {
          const { workspace } = await import('./app.js');
          const { view, canvas } = workspace.panes[pane];
          const place = [(x - view.x) * view.scale, (y - view.y) * view.scale].map(Math.round);
          const pixel = new OffscreenCanvas(1, 1).getContext('2d');
          pixel.drawImage(canvas, -place[0], -place[1]);
          return [...pixel.getImageData(0, 0, 1, 1).data];
        }
        """, new[] { x, y, pane });

    /// <summary>Where a place in level-0 pixels is on the page.</summary>
    public async Task<(float X, float Y)> Place(double x, double y)
    {
        var place = await Page.EvaluateAsync<float[]>("""
            async ([x, y]) => {
              const { workspace } = await import('./app.js');
              const { view, root } = workspace.main, box = root.getBoundingClientRect();
              return [box.left + (x - view.x) * view.scale / view.ratio, box.top + (y - view.y) * view.scale / view.ratio];
            }
            """, new[] { x, y });
        return (place[0], place[1]);
    }

    /// <summary>The view of a pane: x and y of its upper left corner, and its scale.</summary>
    public async Task<double[]> View(int pane = 0) => await Page.EvaluateAsync<double[]>(
        "async pane => { const { workspace } = await import('./app.js'); const { x, y, scale } = workspace.panes[pane].view; return [x, y, scale]; }", pane);

    /// <summary>Moves a slider.</summary>
    public Task Slide(string id, double value) => Page.EvaluateAsync(
        "([id, value]) => { const slider = document.getElementById(id); slider.value = value; slider.dispatchEvent(new Event('input')); }",
        new object[] { id, value });

    /// <summary>Chooses a mode or what is shown, as a user does.</summary>
    public async Task Choose(string name, string value)
    {
        await Page.CheckAsync($"input[name={name}][value={value}]", new() { Force = true });
        await Settle();
    }

    /// <summary>Clicks at a place in level-0 pixels.</summary>
    public async Task Click(double x, double y)
    {
        var (left, top) = await Place(x, y);
        await Page.Mouse.ClickAsync(left, top);
        await Page.WaitForTimeoutAsync(450); // two clicks in short time are a double click
    }

    /// <summary>Waits until corrections are saved, or cannot be.</summary>
    public Task Save() =>
        Page.EvaluateAsync("async () => { const { workspace } = await import('./app.js'); await workspace.corrections.saved(); }");

    /// <summary>Waits until an element has a text.</summary>
    public Task Says(string selector, string pattern) => Page.WaitForFunctionAsync(
        "([selector, pattern]) => new RegExp(pattern).test(document.querySelector(selector).textContent)", new[] { selector, pattern });

    /// <summary>Whether an element can be seen, all of it in the window.</summary>
    public Task<bool> IsInWindow(string selector) => Page.EvaluateAsync<bool>("""
        selector => {
          const one = document.querySelector(selector), box = one.getBoundingClientRect();
          const under = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2)[0];
          return one.checkVisibility() && box.width > 0 && box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight
            && (getComputedStyle(one).pointerEvents === 'none' || one.contains(under));
        }
        """, selector);

    public Task<string> Text(string selector) => Page.Locator(selector).InnerTextAsync();

    /// <summary>Nothing was wrong so far.</summary>
    public void AssertNoErrors() => Assert.True(_errors.Count == 0, JsonSerializer.Serialize(_errors));

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
