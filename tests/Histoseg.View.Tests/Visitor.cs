using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Histoseg.View.Tests;

/// <summary>Somebody who looks, with the token or without.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpClient _client;
    private readonly string _token;

    public Visitor(SlideViewer viewer)
    {
        var url = new Uri(viewer.Url);
        (Base, _token) = (new(url.GetLeftPart(UriPartial.Authority)), url.Query);
        _client = new(new SocketsHttpHandler { UseCookies = false, AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = Base };
    }

    public Uri Base { get; }

    /// <summary>Answers with the token.</summary>
    public Task<HttpResponseMessage> Get(string path) => Send(path + (path.Contains('?') ? "&" : "?") + _token[1..]);

    /// <summary>Answers as it is asked for.</summary>
    public Task<HttpResponseMessage> Send(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return _client.SendAsync(request);
    }

    /// <summary>Saves with the token.</summary>
    public Task<HttpResponseMessage> Put(string path, string text, string tag, string? origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path + _token) { Content = new StringContent(text, Encoding.UTF8, "application/geo+json") };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{tag}\"");
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        return _client.SendAsync(request);
    }

    /// <summary>The status and, unpacked, the bytes.</summary>
    public async Task<(HttpStatusCode Status, byte[] Bytes)> Bytes(string path)
    {
        using var answer = await Get(path);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        if (!answer.Content.Headers.ContentEncoding.Contains("gzip"))
            return (answer.StatusCode, bytes);
        using var unpacked = new MemoryStream();
        await using (var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
            await zip.CopyToAsync(unpacked);
        return (answer.StatusCode, unpacked.ToArray());
    }

    /// <summary>JSON.</summary>
    public async Task<JsonElement> Json(string path) => JsonDocument.Parse((await Bytes(path)).Bytes).RootElement;

    /// <summary>The slides of the list, once all of them were looked at.</summary>
    public async Task<List<JsonElement>> Slides()
    {
        while (true)
        {
            var slides = (await Json("/api/state")).GetProperty("slides").EnumerateArray().ToList();
            if (slides.Count > 0 && slides.All(slide => slide.GetProperty("isKnown").GetBoolean()))
                return slides;
            await Task.Delay(20);
        }
    }

    /// <summary>The path of the only slide.</summary>
    public async Task<string> OnlySlide() => $"/api/slides/{Assert.Single(await Slides()).GetProperty("id").GetString()}";

    public void Dispose() => _client.Dispose();
}
