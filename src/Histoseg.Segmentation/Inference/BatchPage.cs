using System.Globalization;
using System.Net;
using System.Text;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Inference;

/// <summary>
/// Writes <c>index.html</c> of an output folder: each slide's overlay picture, areas and files, and what failed. No scripts, nothing from elsewhere.
/// </summary>
internal static class BatchPage
{
    /// <summary>The file's name in the output folder.</summary>
    public const string Name = "index.html";

    /// <summary>Writes it, of all slides that are done by now, whichever program did them.</summary>
    /// <exception cref="WriteError">The folder does not take it.</exception>
    public static void Write(string folder)
    {
        var notes = FolderLock.NotesOf(folder);
        var slides = Directory.EnumerateFiles(notes, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Record: DoneRecord.Load(folder, name))).Where(slide => slide.Record is not null).ToList();
        var body = new StringBuilder();
        foreach (var (name, record) in slides)
            body.Append(Card(folder, name, record!));
        var failures = Failures(folder);
        var title = $"{Figures.Count(slides.Count, "slide")} segmented";
        var page = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>{title}</h1>
            <p class="note">The classes are laid over small pictures of the slides; a click enlarges. <code>engine view</code> shows all there is.</p>
            {failures}<main>{body}</main>
            </body>
            </html>

            """;
        WholeFile.WriteText(Path.Combine(folder, Name), page);
    }

    private static string Card(string folder, string name, DoneRecord record)
    {
        var overlay = OutputKinds.Overlay.RelativePath(name);
        var areas = Areas(Path.Combine(folder, OutputKinds.Csv.RelativePath(name)));
        var picture = record.Outputs.Contains(overlay) ? $"""
            <a href="{Link(overlay)}"><img loading="lazy" alt="{Text($"{name}, with what was found laid over: {areas}")}" src="{Link(overlay)}"></a>
            """ : "";
        var files = string.Join(' ', OutputKinds.All.Where(kind => record.Outputs.Contains(kind.RelativePath(name)))
            .Select(kind => $"<a href=\"{Link(kind.RelativePath(name))}\">{kind.Name}</a>"));
        var error = record.Error is null ? "" : $"<p class=\"bad\">{Text(record.Error)}</p>";
        return $"<article>{picture}<h2>{Text(name)}</h2><p>{Text(areas)}</p>{error}<p class=\"note\">{files}</p></article>\n";
    }

    // As the table has them; nothing where there is none.
    private static string Areas(string table)
    {
        if (!File.Exists(table))
            return "";
        try
        {
            // The first class is the background.
            return string.Join(", ", new ManifestCsv(table, ["class", "area_mm2"], null).Rows.Skip(1)
                .Select(row => (Class: row.Field("class"), Area: Number(row.Field("area_mm2")))).Where(row => row.Area > 0)
                .Select(row => Figures.Text($"{row.Class} {row.Area:0.####} mm²")));
        }
        catch (SlideError)
        {
            return "";
        }
    }

    private static double Number(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string Failures(string folder)
    {
        var file = Path.Combine(folder, "failures.csv");
        if (!File.Exists(file))
            return "";
        var rows = new ManifestCsv(file, ["slide", "error"], null).Rows.Select(row => $"<li class=\"bad\">{Text(row.Field("error") ?? "")}</li>").ToList();
        return rows.Count == 0 ? "" : $"<h2>Failed</h2><ul>{string.Concat(rows)}</ul>\n";
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Link(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    // Colours and type of the reports.
    private const string Style = """

        :root { --ink: #1f2328; --dim: #57606a; --line: #d8dee4; --face: #fff; --box: #f6f8fa; --link: #0969da; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa4af; --line: #30363d; --face: #0d1117; --box: #161b22;
            --link: #58a6ff; --bad: #ff7b72; } }
        body { margin: 2rem auto 4rem; max-width: 1400px; padding: 0 1.25rem; color: var(--ink); background: var(--face);
            font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
        h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.05rem; margin: .5rem 0 0; overflow-wrap: anywhere; }
        p { margin: .15rem 0; overflow-wrap: anywhere; } a { color: var(--link); } .note { color: var(--dim); font-size: .87rem; }
        .bad { color: var(--bad); overflow-wrap: anywhere; }
        main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 1rem; margin-top: 1.2rem; }
        article { background: var(--box); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; }
        img { width: 100%; height: 220px; object-fit: contain; display: block; background: var(--face); border-radius: 4px; }

        """;
}
