using System.Reflection;
using Microsoft.Playwright;

namespace Histoseg.View.BrowserTests;

/// <summary>One Chromium for the tests of a class, the system's own; they are skipped where there is none.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The program; null: there is none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => _names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Program is null)
            return;
        var driver = typeof(Browser).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "Playwright").Value;
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", driver);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync"],
        });
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Skips the test where there is no browser.</summary>
    public static void Require() => Skip.If(Program is null, "Chromium is not installed (Debian: apt-get install chromium)");

    /// <summary>Opens a viewer's page and waits until the slide and all that lies over it is drawn.</summary>
    /// <param name="viewer">The viewer.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="dark">Whether the user likes it dark.</param>
    /// <param name="hash">What follows the # of the address.</param>
    internal async Task<ViewerPage> Open(SlideViewer viewer, int width = 1280, int height = 800, bool dark = false, string hash = "")
    {
        var page = await Window(width, height, dark);
        await page.Page.GotoAsync(viewer.Url + (hash.Length > 0 ? "#" + hash : ""));
        await page.Settle();
        return page;
    }

    /// <summary>An empty window.</summary>
    /// <param name="width">Of the window.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="dark">Whether the user likes it dark.</param>
    internal async Task<ViewerPage> Window(int width, int height, bool dark)
    {
        Require();
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            AcceptDownloads = true,
        });
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        return new(context, await context.NewPageAsync());
    }
}
