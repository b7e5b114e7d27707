using System.Net;
using System.Text;
using Histoseg.Slides.Annotations;

namespace Histoseg.Training.Reports;

/// <summary>Pieces of a page that stands alone: text, tables, pictures in base64.</summary>
internal static class Html
{
    private const int MostRows = 15;

    /// <summary>Text as HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A picture file as an element; PNG and JPEG are told by their first bytes.</summary>
    public static string Picture(byte[] file, string alt)
    {
        var type = file.AsSpan().StartsWith<byte>([0xFF, 0xD8]) ? "jpeg" : "png";
        return $"<img alt=\"{Escape(alt)}\" src=\"data:image/{type};base64,{Convert.ToBase64String(file)}\">";
    }

    /// <summary>A table; all but the first column are numbers.</summary>
    /// <param name="heading">Column names.</param>
    /// <param name="rows">Cells as text.</param>
    /// <param name="last">Last lines that sum up, or null.</param>
    /// <param name="links">A further column at the end, of text: its name, and each row's cell as HTML; null: none.</param>
    public static string Table(IEnumerable<string> heading, IEnumerable<IEnumerable<string>> rows, IEnumerable<IEnumerable<string>>? last = null,
        (string Heading, IReadOnlyList<string> Cells)? links = null)
    {
        var table = new StringBuilder("<div class=\"wide\"><table><thead><tr>");
        foreach (var name in heading)
            table.Append($"<th>{Escape(name)}</th>");
        table.Append(links is { } column ? $"<th class=\"text\">{Escape(column.Heading)}</th>" : "").Append("</tr></thead><tbody>");
        foreach (var (i, row) in rows.Index())
            table.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Escape(cell)}</td>"))
                .Append(links is { } cells ? $"<td class=\"text\">{cells.Cells[i]}</td>" : "").Append("</tr>");
        table.Append("</tbody>");
        if (last is not null)
            table.Append("<tfoot>").AppendJoin("", last.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Escape(cell)}</td>"))}</tr>"))
                .Append("</tfoot>");
        return table.Append("</table></div>").ToString();
    }

    /// <summary>A table whose rows are folded away, to be opened, where they would fill a page; what sums up stays.</summary>
    /// <param name="heading">Column names.</param>
    /// <param name="rows">Cells as text.</param>
    /// <param name="last">Last lines that sum up, or null.</param>
    /// <param name="what">What a row is of: <c>slide</c>.</param>
    public static string Foldable(IReadOnlyList<string> heading, IReadOnlyList<string[]> rows, IReadOnlyList<string[]>? last, string what) =>
        rows.Count <= MostRows ? Table(heading, rows, last)
        : (last is null ? "" : Table(heading, [], last)) + $"<details><summary>{Figures.All(rows.Count, what)}</summary>{Table(heading, rows)}</details>";

    /// <summary>A table of labels, values and notes, without heading.</summary>
    public static string Facts(IEnumerable<ReportFigure> facts) =>
        "<table class=\"text\"><tbody>"
        + string.Concat(facts.Select(fact => $"<tr><td>{Escape(fact.Label)}</td><td>{Escape(fact.Value)}</td><td>{Escape(fact.Note)}</td></tr>"))
        + "</tbody></table>";

    /// <summary>Which colour is which class.</summary>
    /// <param name="classes">Class names, background first, which has no colour.</param>
    /// <param name="palette">A colour for each.</param>
    public static string Legend(IReadOnlyList<string> classes, ClassPalette palette) =>
        "<p class=\"classes\">Laid over:"
        + string.Concat(classes.Skip(1).Select((name, i) => $"<i style=\"background:{palette.Hex(i + 1)}\"></i>{Escape(name)}"))
        + "<i style=\"background:#c8c8c8\"></i>not counted</p>";

    /// <summary>A whole page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="body">What is in it.</param>
    /// <param name="renewEvery">Seconds after which a browser is to load it again; null: never.</param>
    public static string Page(string title, string body, int? renewEvery = null) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">{(renewEvery is { } seconds ? Figures.Text($"\n<meta http-equiv=\"refresh\" content=\"{seconds}\">") : "")}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Escape(title)}</title>
        <style>{Style}</style>
        </head>
        <body>
        {body}
        </body>
        </html>

        """;

    private const string Style = """

        body { margin: 2rem auto 4rem; max-width: 1080px; padding: 0 1.25rem; color: #1f2328; background: #fff;
            font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
        h2 { font-size: 1.15rem; margin: 2.4rem 0 .7rem; padding-bottom: .3rem; border-bottom: 1px solid #d8dee4; }
        .summary { color: #57606a; margin: 0; overflow-wrap: anywhere; } section .summary { margin-bottom: .8rem; }
        .status { margin: 1rem 0 0; padding: .7rem 1rem; background: #fff8c5; border: 1px solid #d4a72c; border-radius: 8px; overflow-wrap: anywhere; }
        .answers dt { font-weight: 650; margin-top: .8rem; } .answers dd { margin: .15rem 0 0; overflow-wrap: anywhere; }
        .headlines { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.4rem; }
        .headlines div { flex: 1 1 140px; padding: .8rem 1rem; background: #f6f8fa; border: 1px solid #d8dee4; border-radius: 8px; }
        .headlines b { display: block; font-size: 1.45rem; line-height: 1.25; font-weight: 650; }
        .headlines span { color: #57606a; font-size: .85rem; }
        .charts { display: flex; flex-wrap: wrap; gap: 1rem; }
        .charts figure { flex: 1 1 440px; }
        figure { margin: 0; }
        figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .2rem; }
        .chart { width: 100%; max-width: 640px; height: auto; font: 11px system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
        .chart .grid { stroke: #e7ebef; } .chart .axis { stroke: #8c959f; fill: none; }
        .chart .tick { fill: #57606a; } .chart .label { fill: #1f2328; font-size: 12px; } .chart .legend { fill: #1f2328; font-size: 12px; }
        .chart .curve { fill: none; stroke-width: 2; stroke-linejoin: round; } .chart .faint { fill: none; stroke-width: 1; opacity: .3; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .35rem .9rem; text-align: right; border-bottom: 1px solid #e7ebef; white-space: nowrap; }
        th { font-weight: 600; font-size: .87rem; color: #57606a; }
        th:first-child, td:first-child { text-align: left; padding-left: .2rem; }
        table.text td, td.text, th.text { text-align: left; white-space: normal; }
        details summary { cursor: pointer; margin: .6rem 0; color: #0969da; }
        tfoot td { font-weight: 600; border-bottom: none; } tfoot tr:first-child td { border-top: 2px solid #8c959f; }
        .classes { margin: 0 0 .8rem; font-size: .9rem; color: #57606a; }
        .classes i { display: inline-block; width: .85em; height: .85em; border-radius: 3px; margin: 0 .35em 0 1em; vertical-align: -.06em; }
        .triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; margin-bottom: 1.2rem; break-inside: avoid; }
        .triple img { width: 100%; display: block; border: 1px solid #d8dee4; border-radius: 4px; box-sizing: border-box; }
        .triple p { grid-column: 1 / -1; margin: 0; font-weight: 600; font-size: .9rem; }
        .triple span { font-size: .82rem; color: #57606a; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); gap: .4rem 1.6rem; }
        .gallery .triple { margin-bottom: .7rem; gap: .3rem; } .gallery .triple p { font-weight: 400; font-size: .82rem; color: #57606a; }
        .seen { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: .4rem 1.6rem; }
        .seen .triple { grid-template-columns: repeat(2, 1fr); margin-bottom: .7rem; gap: .3rem; }
        .seen .triple p { font-weight: 400; font-size: .82rem; color: #57606a; }
        pre { background: #f6f8fa; border: 1px solid #d8dee4; border-radius: 8px; padding: .9rem 1.1rem; overflow-x: auto;
            font: 12.5px/1.45 ui-monospace, Consolas, "Liberation Mono", monospace; }
        footer { margin-top: 3rem; color: #6e7781; font-size: .82rem; }
        @media print {
            body { margin: 0; max-width: none; font-size: 11pt; } h2 { break-after: avoid; } .headlines div, pre { background: none; }
            .charts figure { flex-basis: 45%; } * { print-color-adjust: exact; }
        }

        """;
}
