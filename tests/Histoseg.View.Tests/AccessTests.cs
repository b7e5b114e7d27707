using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Histoseg.View.Tests;

/// <summary>Who is let in: whoever has the token, by a page of the viewer itself.</summary>
public sealed class AccessTests(AccessTests.Running running) : IClassFixture<AccessTests.Running>
{
    private readonly SlideViewer _viewer = running.Viewer;
    private readonly Visitor _visitor = running.Visitor;

    private string Token => new Uri(_viewer.Url).Query;

    /// <summary>A viewer of one slide.</summary>
    public sealed class Running : IDisposable
    {
        private readonly TempFolder _folder = new();

        public Running()
        {
            Slide = DrawnSlide.Write(_folder["one.tif"]);
            Viewer = SlideViewer.Start(new([Slide]));
            Visitor = new(Viewer);
        }

        public string Slide { get; }

        public SlideViewer Viewer { get; }

        internal Visitor Visitor { get; }

        public void Dispose()
        {
            Visitor.Dispose();
            Viewer.Dispose();
            _folder.Dispose();
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/api/state")]
    [InlineData("/api/state?token=")]
    [InlineData("/api/state?token=00000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("/nothing")]
    public async Task Without_the_token_nothing_is_told(string path)
    {
        using var answer = await _visitor.Send(path);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain("one", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_page_gives_a_cookie_that_scripts_and_other_pages_cannot_use()
    {
        using var page = await _visitor.Send("/" + Token);
        var cookie = Assert.Single(page.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
        using var answer = await _visitor.Send("/api/state", ("Cookie", cookie.Split(';')[0]));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_token_for_a_command_line_opens_the_page_once()
    {
        var once = new Uri(_viewer.UrlForOnce).PathAndQuery;
        using var elsewhere = await _visitor.Send("/api/state" + new Uri(_viewer.UrlForOnce).Query);
        using var first = await _visitor.Send(once);
        using var second = await _visitor.Send(once);
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.Forbidden], [elsewhere.StatusCode, first.StatusCode, second.StatusCode]);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("192.168.1.20")]
    [InlineData("localhost:1")]
    public async Task A_foreign_host_is_refused_with_the_token_too(string host)
    {
        var own = _visitor.Base.Authority.Split(':')[1];
        using var answer = await _visitor.Send("/api/state" + Token, ("Host", host.Contains(':') ? host : $"{host}:{own}"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_machines_own_names_are_taken()
    {
        var port = _visitor.Base.Port;
        foreach (var host in new[] { $"localhost:{port}", $"[::1]:{port}", $"127.0.0.1:{port}" })
        {
            using var answer = await _visitor.Send("/api/state" + Token, ("Host", host));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_request_by_another_page_is_refused_with_the_token_too(string header, string value)
    {
        using var answer = await _visitor.Send("/api/state" + Token, (header, value));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_link_on_another_page_opens_the_page_and_nothing_else()
    {
        (string, string)[] link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")];
        using var page = await _visitor.Send("/" + Token, link);
        using var data = await _visitor.Send("/api/state" + Token, link);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden], [page.StatusCode, data.StatusCode]);
    }

    [Theory]
    [InlineData("/../../../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/vendor/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/vendor/../app.js/../../secret")]
    [InlineData("//etc/passwd")]
    [InlineData("/index.html")]
    [InlineData("/api/slides/../../etc/passwd")]
    [InlineData("/api/slides/..%2f..%2fone.tif/thumbnail")]
    [InlineData("/api/slides/%2fetc%2fpasswd")]
    public async Task No_path_leads_out_of_the_page(string path)
    {
        var answer = await Raw($"GET {path}{Token} HTTP/1.1\r\nHost: {_visitor.Base.Authority}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404", answer);
        Assert.DoesNotContain("root:", answer);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Nothing_can_be_written(string method)
    {
        var answer = await Raw($"{method} /api/state{Token} HTTP/1.1\r\nHost: {_visitor.Base.Authority}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405", answer);
    }

    [Fact]
    public async Task Every_answer_forbids_foreign_scripts_and_frames()
    {
        using var page = await _visitor.Get("/");
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public void A_port_that_is_taken_is_told_in_a_line()
    {
        var error = Assert.ThrowsAny<UserError>(() => SlideViewer.Start(new([running.Slide]) { Port = _visitor.Base.Port }));
        Assert.Contains($"port {_visitor.Base.Port} is taken", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void An_address_of_another_machine_is_told_in_a_line()
    {
        var error = Assert.ThrowsAny<UserError>(() => SlideViewer.Start(new([running.Slide]) { Address = IPAddress.Parse("203.0.113.7") }));
        Assert.Contains("cannot listen on 203.0.113.7", error.Message);
    }

    private async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_visitor.Base.Host, _visitor.Base.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        return await new StreamReader(stream).ReadToEndAsync();
    }
}
