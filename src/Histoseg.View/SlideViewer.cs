using System.Net;
using System.Net.Sockets;
using Histoseg.View.Facts;
using Histoseg.View.Http;
using Histoseg.View.Slides;
using Histoseg.View.Sources;

namespace Histoseg.View;

/// <summary>A web server on this machine that shows slides and what was made of them; it runs until it is disposed.</summary>
public sealed class SlideViewer : IDisposable
{
    private const int MostOpenSlides = 6;
    private const long MostCached = 256L << 20;

    private readonly SlidePool _pool;
    private readonly SlideCatalogue _catalogue;
    private readonly ViewHost _host;
    private readonly string _address;
    private AccessRules _access = null!;

    private SlideViewer(ViewSettings settings)
    {
        _pool = new(MostOpenSlides);
        _catalogue = new(ResultSources.Of(settings.Inputs), _pool);
        Tiles = new(_pool, MostCached);
        try
        {
            _host = ViewHost.Start(settings.Address, settings.Port, port =>
            {
                _access = new(port, IPAddress.IsLoopback(settings.Address));
                return new ViewRoutes(_access, _catalogue, Tiles, _pool).Answer;
            });
        }
        catch
        {
            _catalogue.Dispose();
            _pool.Dispose();
            throw;
        }
        var shown = settings.Address.Equals(IPAddress.Any) || settings.Address.Equals(IPAddress.IPv6Any) ? Environment.MachineName
            : settings.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{settings.Address}]" : settings.Address.ToString();
        _address = Figures.Text($"http://{shown}:{_host.Port}/");
    }

    /// <summary>The address of the page, with its token: whoever has it can look at the slides.</summary>
    public string Url => $"{_address}?token={_access.Token}";

    /// <summary>The address with a token that holds once, for the command line of a browser.</summary>
    public string UrlForOnce => $"{_address}?open={_access.Once}";

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLocal { get; private init; }

    /// <summary>What it made and keeps.</summary>
    internal SlideTiles Tiles { get; }

    /// <summary>Starts one.</summary>
    /// <exception cref="UserError">There is nothing to show, or the port is taken.</exception>
    public static SlideViewer Start(ViewSettings settings) => new(settings) { IsLocal = IPAddress.IsLoopback(settings.Address) };

    /// <inheritdoc/>
    public void Dispose()
    {
        _host.Dispose();
        _catalogue.Dispose();
        _pool.Dispose();
    }
}
