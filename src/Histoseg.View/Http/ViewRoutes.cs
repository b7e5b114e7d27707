using System.Globalization;
using System.Security.Cryptography;
using Histoseg.View.Corrections;
using Histoseg.View.Facts;
using Histoseg.View.Slides;
using Histoseg.View.Sources;
using Microsoft.AspNetCore.Http;

namespace Histoseg.View.Http;

/// <summary>Answers requests. Slides are named by their ids; no path of the disk is made of anything that is asked.</summary>
internal sealed class ViewRoutes(AccessRules access, SlideCatalogue catalogue, SlideTiles tiles, SlidePool pool)
{
    // The hash is that of the one rule that OpenSeadragon puts into the page itself.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE='; "
        + "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Answers one.</summary>
    public async Task Answer(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (access.Refuses(context.Request) is var (status, why))
        {
            await Send(context, status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(why + "\n"));
            return;
        }
        try
        {
            await AnswerAllowed(context);
        }
        catch (OperationCanceledException)
        {
            context.Abort(); // nobody waits for it
        }
        catch (Exception error) when (error is UserError || FileTrouble.Is(error))
        {
            await Send(context, StatusCodes.Status422UnprocessableEntity, "application/json",
                Replies.Error(error is UserError ? error.Message : FileTrouble.InWords(error)));
        }
    }

    private async Task AnswerAllowed(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (PageFiles.Find(path) is var (file, type))
        {
            access.Remember(context);
            await Send(context, StatusCodes.Status200OK, type, file);
            return;
        }
        var cancel = context.RequestAborted;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["api", "state"])
            await SendIfNew(context, Replies.List(catalogue));
        else if (parts is not ["api", "slides", var id, .. var rest] || catalogue.Find(id) is not { } slide)
            await NotFound(context);
        else
            await AnswerOf(context, slide, rest, cancel);
    }

    private async Task AnswerOf(HttpContext context, ViewedSlide slide, string[] what, CancellationToken cancel)
    {
        // What is asked for with the version it is of never changes.
        if (context.Request.Query["v"] is [{ } version] && version == slide.Version)
            context.Response.Headers.CacheControl = "private, max-age=86400, immutable";
        switch (what)
        {
            case []:
                await SendJson(context, await Task.Run(() =>
                {
                    using var lease = pool.Take(slide);
                    return Replies.Slide(lease.Content);
                }, cancel));
                break;
            case ["thumbnail"]:
                await Send(context, "image/jpeg", await tiles.Thumbnail(slide, cancel));
                break;
            case ["picture", var level, var tile] when Numbers(level, tile) is var (l, x, y):
                await Send(context, "image/jpeg", await tiles.Picture(slide, l, x, y, cancel));
                break;
            case [("labels" or "heat" or "truth") and var map, var level, var tile] when Numbers(level, tile) is var (l, x, y):
                await SendPacked(context, "application/octet-stream", await tiles.Map(slide, Enum.Parse<MapKind>(map, ignoreCase: true), l, x, y, cancel));
                break;
            case ["outlines", "predicted"]:
                await SendPacked(context, "application/octet-stream", await tiles.Other(slide, "predicted", OutlinePack.Predicted, cancel));
                break;
            case ["outlines", "annotated"]:
                await SendPacked(context, "application/octet-stream", await tiles.Other(slide, "annotated", OutlinePack.Annotated, cancel));
                break;
            case ["corrections"]:
                await (context.Request.Method == "PUT" ? Save(context, slide, cancel) : SendCorrections(context, slide));
                break;
            case ["predicted", var place] when Numbers("0", place) is var (_, x, y):
                await SendJson(context, await Task.Run(() =>
                {
                    using var lease = pool.Take(slide);
                    return Replies.Predicted(lease.Content, x, y);
                }, cancel));
                break;
            case ["regions"]:
                await SendPacked(context, "application/json", await tiles.Other(slide, "regions", Replies.Regions, cancel));
                break;
            default:
                await NotFound(context);
                break;
        }
    }

    private static async Task SendCorrections(HttpContext context, ViewedSlide slide)
    {
        if (slide.Corrections is not { } path)
        {
            await NotFound(context);
            return;
        }
        var (content, tag) = CorrectionFile.Read(path);
        context.Response.Headers.ETag = $"\"{tag}\"";
        context.Response.Headers.CacheControl = "no-store";
        await SendJson(context, content);
    }

    private async Task Save(HttpContext context, ViewedSlide slide, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancel);
        var expected = context.Request.Headers.IfMatch is [{ } known] ? known.Trim('"') : CorrectionFile.None;
        var tag = await Task.Run(() =>
        {
            using var lease = pool.Take(slide);
            return CorrectionFile.Save(lease.Content, body.ToArray(), expected);
        }, cancel);
        if (tag is null)
        {
            await Send(context, StatusCodes.Status412PreconditionFailed, "application/json",
                Replies.Error("another program has saved corrections of this slide meanwhile"));
            return;
        }
        context.Response.Headers.ETag = $"\"{tag}\"";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static (int Level, int Column, int Row)? Numbers(string level, string tile) =>
        tile.Split('_') is [var column, var row] && Number(level) is { } l && Number(column) is { } x && Number(row) is { } y ? (l, x, y) : null;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1 << 20 ? number : null;

    private static Task NotFound(HttpContext context) =>
        Send(context, StatusCodes.Status404NotFound, "application/json", Replies.Error("there is no such thing"));

    private static Task SendJson(HttpContext context, byte[] bytes) => Send(context, StatusCodes.Status200OK, "application/json", bytes);

    private static Task Send(HttpContext context, string type, byte[] bytes) =>
        bytes.Length == 0 ? NotFound(context) : Send(context, StatusCodes.Status200OK, type, bytes);

    private static Task SendPacked(HttpContext context, string type, byte[] bytes)
    {
        if (bytes.Length > 0)
            context.Response.Headers.ContentEncoding = "gzip";
        return Send(context, type, bytes);
    }

    // The page asks every few seconds, and mostly nothing is new.
    private static Task SendIfNew(HttpContext context, byte[] bytes)
    {
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"";
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch is not [{ } known] || known != tag)
            return SendJson(context, bytes);
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }

    private static async Task Send(HttpContext context, int status, string type, byte[] bytes)
    {
        if (status != StatusCodes.Status200OK)
            context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        if (context.Request.Method != "HEAD")
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
