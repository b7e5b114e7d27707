using System.Net;
using System.Net.Sockets;
using Histoseg.Slides;
using Histoseg.View.Corrections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Histoseg.View.Http;

/// <summary>A web server with one handler, and nothing else: no configuration files, no environment variables, no signals of its own.</summary>
internal sealed class ViewHost : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;

    private ViewHost(WebApplication application, int port) => (_application, Port) = (application, port);

    /// <summary>The port it listens on.</summary>
    public int Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">The port; 0: any that is free.</param>
    /// <param name="handler">Makes what answers requests, of the port.</param>
    /// <exception cref="SlideError">The port is taken, or the address is not of this machine.</exception>
    public static ViewHost Start(IPAddress address, int port, Func<int, RequestDelegate> handler)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = CorrectionFile.MostBytes;
            kestrel.Listen(address, port);
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var application = builder.Build();
        RequestDelegate? answer = null;
        application.Run(context => answer!(context));
        try
        {
            application.StartAsync().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            application.DisposeAsync().AsTask().Wait();
            throw error.GetBaseException() is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? new SlideError(Figures.Text($"port {port} is taken by another program; give another one, or none for any that is free"), error)
                : new SlideError(Figures.Text($"cannot listen on {address}, port {port}: {error.GetBaseException().Message}"), error);
        }
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var bound = new Uri(addresses.First()).Port;
        answer = handler(bound);
        return new(application, bound);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using var end = new CancellationTokenSource(Patience);
        _application.StopAsync(end.Token).GetAwaiter().GetResult();
        _application.DisposeAsync().AsTask().Wait();
    }

    /// <summary>The program listens to signals itself.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
