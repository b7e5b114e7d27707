using System.Text;
using Histoseg.Segmentation.Pages;
using Histoseg.Slides.Annotations;

namespace Histoseg.Training.Reports;

/// <summary>Pieces of a page that stands alone: text, tables, pictures in base64.</summary>
internal static class Html
{
    private const int MostRows = 15;

    /// <summary>Text as HTML.</summary>
    public static string Escape(string text) => WebPage.Escape(text);

    /// <summary>A picture file as an element that can be enlarged; PNG and JPEG are told by their first bytes.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="alt">What it shows.</param>
    public static string Picture(byte[] file, string alt)
    {
        var type = file.AsSpan().StartsWith<byte>([0xFF, 0xD8]) ? "jpeg" : "png";
        return WebPage.Picture($"data:image/{type};base64,{Convert.ToBase64String(file)}", alt);
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
    public static string Page(string title, string body, int? renewEvery = null) => WebPage.Of(title, body, Style, renewEvery);

    private const string Style = """

        section .summary { margin-bottom: .8rem; }
        .status { margin: 1rem 0 0; padding: .7rem 1rem; background: var(--mark); border: 1px solid var(--mark-line); border-radius: 8px;
            overflow-wrap: anywhere; }
        .answers dt { font-weight: 650; margin-top: .8rem; } .answers dd { margin: .15rem 0 0; overflow-wrap: anywhere; }
        .headlines { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.4rem; }
        .headlines div { flex: 1 1 140px; padding: .8rem 1rem; background: var(--box); border: 1px solid var(--line); border-radius: 8px; }
        .headlines b { display: block; font-size: 1.45rem; line-height: 1.25; font-weight: 650; }
        .headlines span { color: var(--dim); font-size: .85rem; }
        .charts { display: flex; flex-wrap: wrap; gap: 1rem; }
        .charts figure { flex: 1 1 min(440px, 100%); }
        figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .2rem; }
        .chart { width: 100%; max-width: 640px; height: auto; font-size: 11px; }
        .chart .grid { stroke: var(--faint); } .chart .axis { stroke: var(--dim); fill: none; }
        .chart .tick { fill: var(--dim); } .chart .label { fill: var(--ink); font-size: 12px; } .chart .legend { fill: var(--ink); font-size: 12px; }
        .chart .curve { fill: none; stroke-width: 2; stroke-linejoin: round; } .chart .faint { fill: none; stroke-width: 1; opacity: .3; }
        @media screen and (prefers-color-scheme: dark) { .chart polyline, .chart circle, .chart line.curve { filter: brightness(1.4); } }
        .wide { overflow-x: auto; } .wide td.text { min-width: 11rem; } .wide td .zoom img { display: block; width: min(320px, 38vw); }
        header + .wide { margin-top: 1rem; } .wide ~ .summary { margin-top: .7rem; }
        table { border-collapse: collapse; }
        th, td { padding: .35rem .9rem; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; }
        th { font-weight: 600; font-size: .87rem; color: var(--dim); }
        th:first-child, td:first-child { text-align: left; padding-left: .2rem; }
        table.text td, td.text, th.text { text-align: left; white-space: normal; }
        details summary { cursor: pointer; margin: .6rem 0; color: var(--link); }
        tfoot td { font-weight: 600; border-bottom: none; } tfoot tr:first-child td { border-top: 2px solid var(--dim); }
        .classes { margin: 0 0 .8rem; font-size: .9rem; color: var(--dim); }
        .classes i { display: inline-block; width: .85em; height: .85em; border-radius: 3px; margin: 0 .35em 0 1em; vertical-align: -.06em; }
        .triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; margin-bottom: 1.2rem; break-inside: avoid; }
        .triple img { width: 100%; display: block; border: 1px solid var(--line); border-radius: 4px; }
        .triple p { grid-column: 1 / -1; margin: 0; font-weight: 600; font-size: .9rem; overflow-wrap: anywhere; }
        .triple figcaption { margin: 0; font-weight: 400; font-size: .82rem; color: var(--dim); }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); gap: .4rem 1.6rem; }
        .gallery .triple { margin-bottom: .7rem; gap: .3rem; } .gallery .triple p { font-weight: 400; font-size: .82rem; color: var(--dim); }
        .seen { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); gap: .4rem 1.6rem; }
        .seen .triple { grid-template-columns: repeat(2, 1fr); margin-bottom: .7rem; gap: .3rem; }
        .seen .triple p { font-weight: 400; font-size: .82rem; color: var(--dim); }
        @media print { .headlines div { background: none; } .charts figure { flex-basis: 45%; } }

        """;
}
