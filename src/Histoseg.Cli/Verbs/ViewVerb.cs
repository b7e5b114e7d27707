using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Histoseg.Cli.Terminal;
using Histoseg.View;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine view</c>: slides and results in the browser.</summary>
internal sealed class ViewVerb : Verb
{
    private readonly Argument<string[]> _inputs = new("what")
    { Description = "Output folders of infer, run folders of train, slides, folders of slides", Arity = ArgumentArity.OneOrMore };
    private readonly Option<int> _port = NumberOption.Create("--port", "The port it listens on; 0: any that is free", 0);
    private readonly Option<string?> _listen = new("--listen")
    { Description = "The address it listens on, for other machines to look; this machine alone if not given. Nothing is encrypted" };

    /// <summary>The verb.</summary>
    public ViewVerb(Session session) : base(
        "view",
        "Shows slides, predictions and annotations in the browser, also while infer or train is still writing.",
        """
        engine view out
        engine view run
        engine view out new-place-of-the-slides/
        engine view slides/ --port 8080
        engine view out --listen 192.168.1.20 --port 8080
        """,
        session)
    {
        Add(_inputs);
        Add(_port);
        Add(_listen);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (port, listen) = (given.GetValue(_port), given.GetValue(_listen));
        if (port is < 0 or > 65535)
            throw new ConfigError($"--port {port}: it is 1 to 65535, or 0 for any that is free");
        var address = IPAddress.Loopback;
        if (listen is not null && !IPAddress.TryParse(listen, out address!))
            throw new ConfigError($"--listen {listen}: it is an address of this machine, such as 192.168.1.20, or 0.0.0.0 for all of them");
        using var viewer = SlideViewer.Start(new(given.GetValue(_inputs)!) { Port = port, Address = address });
        Session.Out.WriteLine(viewer.Url);
        Session.Error.WriteLine(viewer.IsLocal ? "engine: open this address in a browser; Ctrl-C ends it"
            : "engine: open this address in a browser; whoever has it can look, and who listens to the network can read it; Ctrl-C ends it");
        if (Session.Interactive)
            Open(viewer.UrlForOnce);
        Session.Cancel.WaitHandle.WaitOne();
        return ExitCode.Success;
    }

    // Where there is no browser to open, the address is printed all the same.
    private static void Open(string url)
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("DISPLAY") is null && Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is null)
            return;
        try
        {
            var start = OperatingSystem.IsWindows() ? new ProcessStartInfo(url) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [url]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var browser = Process.Start(start);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            // No such program.
        }
    }
}
