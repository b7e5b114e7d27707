using System.Net;

namespace Histoseg.Segmentation.Pages;

/// <summary>
/// A page that is one file: nothing from elsewhere, no scripts, light or dark as the reader likes it, as readable on a telephone as on paper.
/// </summary>
internal static class WebPage
{
    /// <summary>The colours and type that all pages share, the viewer's too, as a style sheet.</summary>
    public static string Theme { get; } = Sheet("theme.css");

    private static readonly string _common = Theme + Sheet("page.css");

    /// <summary>A whole page.</summary>
    /// <param name="title">Its title, as text.</param>
    /// <param name="body">What is in it, as HTML.</param>
    /// <param name="style">Rules of its own.</param>
    /// <param name="renewEvery">Seconds after which a browser is to load it again; null: never.</param>
    public static string Of(string title, string body, string style, int? renewEvery = null) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">{(renewEvery is { } seconds ? Figures.Text($"\n<meta http-equiv=\"refresh\" content=\"{seconds}\">") : "")}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Escape(title)}</title>
        <style>
        {_common}{style}</style>
        </head>
        <body>
        {body}
        </body>
        </html>

        """;

    /// <summary>Text as HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A picture that fills the window when it is clicked, and goes back when it is clicked again.</summary>
    /// <param name="source">Its address; of a file it is read when it comes into sight.</param>
    /// <param name="alt">What it shows, as text: read out, and shown where the picture is not.</param>
    public static string Picture(string source, string alt) =>
        Enlarging($"<img{(source.StartsWith("data:", StringComparison.Ordinal) ? "" : " loading=\"lazy\"")} alt=\"{Escape(alt)}\" src=\"{source}\">", alt);

    /// <summary>A picture or drawing as an element that does so.</summary>
    /// <param name="element">One <c>img</c> or <c>svg</c>.</param>
    /// <param name="alt">What it shows, as text.</param>
    public static string Enlarging(string element, string alt) =>
        $"<span class=\"zoom\"><input type=\"checkbox\" aria-label=\"Enlarge: {Escape(alt)}\"/>{element}</span>";

    private static string Sheet(string name)
    {
        using var reader = new StreamReader(typeof(WebPage).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
