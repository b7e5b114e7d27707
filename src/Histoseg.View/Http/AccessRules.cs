using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Histoseg.View.Http;

/// <summary>
/// Who may read: whoever has the token, by a page of this server. Everything on the machine can reach a loopback port, and every page in its browser can send
/// requests there.
/// </summary>
/// <param name="port">The port that is listened on.</param>
/// <param name="loopbackOnly">Whether only this machine can reach it.</param>
internal sealed class AccessRules(int port, bool loopbackOnly)
{
    private readonly byte[] _token = RandomNumberGenerator.GetBytes(32);
    private string? _once = NewText();

    /// <summary>What opens the page, to be shown to the user alone.</summary>
    public string Token => Convert.ToHexStringLower(_token);

    /// <summary>The same for one use: other users of the machine see the command lines of its programs, a browser's among them.</summary>
    public string Once => _once ?? "";

    /// <summary>The cookie's name; cookies do not tell ports apart.</summary>
    public string Cookie { get; } = Figures.Text($"histoseg-view-{port}");

    /// <summary>Why a request is refused, and the status that says so; null: it is not.</summary>
    public (int Status, string Why)? Refuses(HttpRequest request)
    {
        var saves = request.Method == "PUT" && request.Path.Value!.EndsWith("/corrections", StringComparison.Ordinal);
        if (request.Method is not ("GET" or "HEAD") && !saves)
            return (StatusCodes.Status405MethodNotAllowed, "only reading is possible, and saving corrections");
        if (saves && request.Headers.Origin.Count == 0)
            return (StatusCodes.Status403Forbidden, "only the page can save");
        // A page elsewhere may let its own name lead to this address.
        if (!IsOwn(request.Host))
            return (StatusCodes.Status421MisdirectedRequest, "this is not the name of this server; use the address that engine view printed");
        if (request.Headers.Origin is [{ } origin] && origin != $"{request.Scheme}://{request.Host.Value}")
            return (StatusCodes.Status403Forbidden, "the request comes from another page");
        var isPage = request.Path.Value is "/" && request.Headers["Sec-Fetch-Mode"] is [] or ["navigate"];
        if (!isPage && request.Headers["Sec-Fetch-Site"] is [not ("same-origin" or "none")])
            return (StatusCodes.Status403Forbidden, "the request comes from another page");
        return HasToken(request) ? null : (StatusCodes.Status403Forbidden, "open the address that engine view printed, with its token");
    }

    /// <summary>Lets a browser that has come with a token go on without it in its addresses.</summary>
    public void Remember(HttpContext context)
    {
        if (context.Request.Query.Count > 0)
            context.Response.Cookies.Append(Cookie, Token, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
    }

    private static string NewText() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private bool IsOwn(HostString host)
    {
        if ((host.Port ?? 80) != port)
            return false;
        var name = host.Host.Trim('[', ']');
        if (name == "localhost")
            return true;
        if (IPAddress.TryParse(name, out var address))
            return !loopbackOnly || IPAddress.IsLoopback(address);
        // No page can take for itself an address, nor the name of a machine that is not its own.
        return !loopbackOnly && (name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
            || name.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase));
    }

    private bool HasToken(HttpRequest request)
    {
        if (request.Cookies.TryGetValue(Cookie, out var cookie) && Equal(cookie, Token))
            return true;
        if (request.Query["token"] is [{ } given] && Equal(given, Token))
            return true;
        return request.Path.Value is "/" && request.Query["open"] is [{ } once] && _once is { } unused && Equal(once, unused)
            && Interlocked.CompareExchange(ref _once, null, unused) == unused;
    }

    private static bool Equal(string given, string wanted) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));
}
