using System.Globalization;
using System.Text;
using Histoseg.Segmentation.Pages;
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
        var text = $"""
            <h1>{title}</h1>
            <p class="summary">The classes are laid over small pictures of the slides; a click enlarges. <code>engine view</code> shows all there is.</p>
            {failures}<main>{body}</main>
            """;
        WholeFile.WriteText(Path.Combine(folder, Name), WebPage.Of(title, text, Style));
    }

    private static string Card(string folder, string name, DoneRecord record)
    {
        var overlay = OutputKinds.Overlay.RelativePath(name);
        var areas = Areas(Path.Combine(folder, OutputKinds.Csv.RelativePath(name)));
        var shown = $"{name}, with what was found laid over: {(areas.Length > 0 ? areas : "nothing")}";
        var picture = record.Outputs.Contains(overlay) ? WebPage.Picture(Link(overlay), shown) : "";
        var files = string.Join(' ', OutputKinds.All.Where(kind => record.Outputs.Contains(kind.RelativePath(name)))
            .Select(kind => $"<a href=\"{Link(kind.RelativePath(name))}\">{kind.Name}</a>"));
        var error = record.Error is null ? "" : $"<p class=\"bad\">{WebPage.Escape(record.Error)}</p>";
        return $"<article>{picture}<h2>{WebPage.Escape(name)}</h2><p>{WebPage.Escape(areas)}</p>{error}<p class=\"summary\">{files}</p></article>\n";
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
        var rows = new ManifestCsv(file, ["slide", "error"], null).Rows
            .Select(row => $"<li class=\"bad\">{WebPage.Escape(row.Field("error") ?? "")}</li>").ToList();
        return rows.Count == 0 ? "" : $"<h2>Failed</h2><ul>{string.Concat(rows)}</ul>\n";
    }

    private static string Link(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private const string Style = """

        :root { --widest: 1400px; }
        article h2 { font-size: 1.05rem; margin: .5rem 0 0; padding: 0; border: 0; overflow-wrap: anywhere; }
        article p { margin: .15rem 0; overflow-wrap: anywhere; } article p.summary { font-size: .87rem; }
        main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: 1rem; margin-top: 1.2rem; }
        article { background: var(--box); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; break-inside: avoid; }
        article img { width: 100%; height: 220px; object-fit: contain; display: block; background: var(--well); border-radius: 4px; }

        """;
}
